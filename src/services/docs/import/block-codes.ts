import { dedent, type Write } from './expand.ts'
import { gateList, gateTable, lastStage } from './feature-gates.ts'

const block = (text: string) => ({ text, block: true })
const quoted = (text: string): string => dedent(text).replaceAll(/^/gm, '> ').replaceAll(/^> $/gm, '>')

const callout =
  (kind: string): Write =>
  (_tag, inner) =>
    block(quoted(`[!${kind}] ${dedent(inner)}`))

const COLOURS: Readonly<Record<string, string>> = {
  warning: 'WARNING',
  danger: 'WARNING',
  caution: 'CAUTION',
  success: 'TIP',
}
const DEFAULT_TITLES = new Set(['note', 'warning', 'caution', 'tip', 'important'])

/** A box with a colour and perhaps a title. */
const alert: Write = ({ named: { color = '', title = '' } }, inner) => {
  const word = title.replace(/:$/, '')
  const isPlain = DEFAULT_TITLES.has(word.toLowerCase())
  const kind = isPlain ? word.toUpperCase() : (COLOURS[color] ?? 'NOTE')
  const heading = isPlain || word === '' ? '' : `**${word}** `
  return block(quoted(`[!${kind}] ${heading}${dedent(inner)}`))
}

/** A fence longer than any in the code. */
function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language.replaceAll(/[^\w+-]/g, '')}\n${code.replace(/\n+$/, '')}\n${fence}`
}

const EXTENSIONS: Readonly<Record<string, string>> = { yml: 'yaml', sh: 'bash', py: 'python', js: 'javascript' }
const languageOf = (file: string): string => {
  const extension = /\.(\w+)$/.exec(file)?.[1] ?? ''
  return EXTENSIONS[extension] ?? extension
}

/** A file of the website's examples, whole, with its name. */
const codeSample: Write = ({ named, positional }, _inner, { site, page }) => {
  const file = (named.file ?? positional[0] ?? '').replace(/^\//, '')
  const beside = page.file.replace(/[^/]*$/, file)
  const code = site.texts.get(`content/en/examples/${file}`) ?? site.texts.get(beside)
  if (code === undefined) return block(`The example \`${file}\` is not part of the source.`)
  return block(`\`${file}\`:\n\n${fenced(code, named.language ?? languageOf(file))}`)
}

const highlight: Write = ({ positional: [language = ''] }, inner) => block(fenced(dedent(inner), language))

/** What stands under one of several ways to do a thing, its name in front. */
const tab: Write = ({ named: { name = '', codelang, include } }, inner, expansion) => {
  const text = include === undefined ? inner : included(include, expansion)
  const body = codelang === undefined ? dedent(text) : fenced(dedent(text), codelang)
  return block(quoted(`[!TAB] **${name}**\n\n${body}`))
}

/** A file shown inside a page: of the includes, or beside the page. */
function included(name: string, { site, page, expand }: Parameters<Write>[2]): string {
  const beside = page.file.replace(/[^/]*$/, name)
  const text =
    site.texts.get(`content/en/includes/${name}`) ??
    site.texts.get(beside) ??
    site.texts.get(beside.replace(/\.md$/, '/_index.md'))
  if (text === undefined) return `The part \`${name}\` is not in the source.`
  return expand(text.replace(/^---\n[\s\S]*?\n---\n/, ''))
}

const STATES = new Set(['alpha', 'beta', 'stable', 'deprecated'])

/** Since which version a feature is how stable: said outright, or by its gate. */
const featureState: Write = ({ named }, _inner, { site }) => {
  const gate = site.gates.get(named.feature_gate_name ?? '')
  const stage = gate === undefined ? undefined : lastStage(gate)
  const state = named.state ?? stage?.stage ?? ''
  const since = (named.for_k8s_version ?? stage?.from ?? site.version).replace(/^v/, '')
  const gated = gate === undefined ? '' : `; feature gate \`${gate.name}\``
  return block(`> [!STATE] Kubernetes v${since}: ${STATES.has(state) ? state : 'feature'}${gated}`)
}

const table: Write = ({ named: { caption = '' } }, inner) =>
  block(caption === '' ? dedent(inner) : `*${caption}*\n\n${dedent(inner)}`)

/** The definition of a term of the glossary: its first paragraph, or all of it. */
const definition: Write = ({ named: { term_id = '', length = 'short', prepend } }, _inner, { site, expand }) => {
  const term = site.terms.get(term_id)
  if (term === undefined) return block(term_id)
  const short =
    prepend === undefined ? term.short : `${prepend} ${term.short.charAt(0).toLowerCase()}${term.short.slice(1)}`
  return block(expand(length === 'short' ? short : `${short}\n\n${term.more}`))
}

const versionCheck: Write = (_tag, _inner, { page }) => {
  const least =
    page.leastVersion === undefined ? '' : `Your cluster must run Kubernetes ${page.leastVersion} or later. `
  return block(`${least}\`kubectl version\` shows the version.`)
}

const thirdParty: Write = () =>
  block('> [!NOTE] What follows names products of others, which the Kubernetes project does not answer for.')

const details: Write = ({ named: { summary = 'More' } }, inner) => block(`**${summary}**\n\n${dedent(inner)}`)

const figure: Write = ({ named: { src = '', alt, title, caption } }) => {
  const text = (title ?? alt ?? caption ?? 'Picture').replaceAll(/[[\]]/g, '')
  const said = caption === undefined || caption === text ? '' : `\n\n*${caption}*`
  return block(`![${text}](${src.replaceAll(' ', '%20')})${said}`)
}

/** Shortcodes that stand on lines of their own. */
export const blockCodes: Readonly<Record<string, Write | undefined>> = {
  note: callout('NOTE'),
  caution: callout('CAUTION'),
  warning: callout('WARNING'),
  alert,
  pageinfo: alert,
  tabs: (_tag, inner) => block(dedent(inner)),
  tab,
  'feature-state': featureState,
  code_sample: codeSample,
  code: codeSample,
  codenew: codeSample,
  example: codeSample,
  highlight,
  mermaid: (_tag, inner) => block(fenced(dedent(inner), 'mermaid')),
  table,
  include: ({ positional: [name = ''] }, _inner, expansion) => block(included(name, expansion)),
  'version-check': versionCheck,
  glossary_definition: definition,
  details,
  figure,
  'thirdparty-content': thirdParty,
  'feature-gate-table': ({ named }, _inner, { site }) => block(gateTable(site.gates, named.include ?? '')),
  'feature-gate-list': ({ named }, _inner, { site, expand }) =>
    block(expand(gateList(site.gates, named.include ?? ''))),
}
