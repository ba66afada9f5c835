import type { Write } from './expand.ts'
import type { Site } from './site.ts'

const only = (text: string) => ({ text })

function skewed(what: string, amount: string | undefined, { version, patch }: Site): string | undefined {
  const [major = '1', minor = '0'] = version.split('.')
  const by = (count: number) => `${major}.${Number(minor) + count}`
  if (what === 'currentVersionAddMinor') return by(Number(amount ?? 0))
  return {
    currentVersion: version,
    latestVersion: version,
    currentPatchVersion: patch,
    prevMinorVersion: by(-1),
    nextMinorVersion: by(1),
    oldestMinorVersion: by(-3),
  }[what]
}

const tooltip: Write = ({ named }, _inner, { site }) => {
  const id = named.term_id ?? ''
  const term = site.terms.get(id)
  const text = named.text ?? term?.title ?? id
  return only(term === undefined ? text : `[${text}](/docs/reference/glossary/#term-${id})`)
}

/** Address of a page by name, `#anchor` kept. What is not found stays as it was written: it is then counted as a broken link. */
const ref: Write = ({ positional: [target = ''] }, _inner, { resolve }) => {
  const [name = '', anchor] = target.split('#')
  const path = name === '' ? undefined : resolve(name)
  const hash = anchor === undefined ? '' : `#${anchor}`
  if (name === '') return only(hash)
  return only(path === undefined ? `/docs/${name}${hash}` : `/docs/${path}/${hash}`)
}

const apiReference: Write = ({ named }) => {
  const page = named.page ?? ''
  const anchor = named.anchor === undefined ? '' : `#${named.anchor}`
  const text = named.text ?? named.anchor ?? page.replace(/^.*\//, '').replace(/-v\d\w*$/, '')
  return only(`[${text}](/docs/reference/kubernetes-api/${page}/${anchor})`)
}

const PARAMETERS: Readonly<Record<string, (site: Site) => string>> = {
  version: ({ version }) => `v${version}`,
  latest: ({ version }) => `v${version}`,
  fullversion: ({ patch }) => `v${patch}`,
  githubbranch: ({ patch }) => `v${patch}`,
  docsbranch: () => 'main',
}

/** Shortcodes that stand in a line. */
export const inlineCodes: Readonly<Record<string, Write | undefined>> = {
  ref,
  relref: ref,
  link: ref,
  glossary_tooltip: tooltip,
  'api-reference': apiReference,
  heading: ({ positional: [name = ''] }, _inner, { site }) => only(site.words.get(`${name}_heading`) ?? name),
  skew: ({ positional: [what = '', amount] }, _inner, { site }) => only(skewed(what, amount, site) ?? site.version),
  param: ({ positional: [name = ''] }, _inner, { site }) => only(PARAMETERS[name]?.(site) ?? name),
  'latest-version': (_tag, _inner, { site }) => only(site.version),
  'latest-semver': (_tag, _inner, { site }) => only(site.patch),
  'release-branch': (_tag, _inner, { site }) => only(`release-${site.version}`),
  comment: () => only(''),
}
