import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { pages as routes } from '../../src/app.ts'
import { wireName } from '../../src/mcp/tools.ts'
import { operations } from '../../src/operations/index.ts'
import { templates } from '../../templates/index.ts'
import { isKubernetesObject } from '../cluster/client.ts'
import { readTroubles } from '../cluster/troubles.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { complaintsOf, REFUSALS, rootOf, sharedBy } from './expected.ts'
import { pagesNaming } from './named.ts'
import { allPages, DOCS, linksOf, type Page, spansOf, troublePages } from './pages.ts'
import { checkInput, curlsOf, isOneOf, readCurl, routeOf } from './requests.ts'

const SECTIONS = [
  'What you see',
  'Look at it',
  'Causes, likeliest first',
  'Fix',
  'Keep it from coming back',
  'See also',
] as const

/** Objects of the troubles that nothing is wrong with: they are there for others. */
const SOUND = new Set(['trouble', 'trouble-quota', 'trouble-restricted', 'db', 'healthy'])

/** Runs a check on every page and tells all faults at once, each with its page. */
function everyPage(pages: readonly Page[], faultsOf: (page: Page) => readonly string[]): void {
  const faults = pages.flatMap((page) => faultsOf(page).map((fault) => `${page.path}: ${fault}`))
  assert.deepEqual(faults, [])
}

const unless = (holds: boolean, fault: string): string[] => (holds ? [] : [fault])
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

test('there are at least 45 pages', () => {
  assert.ok(allPages.length >= 45, `${allPages.length} pages`)
})

test('every page says what it is about', () => {
  everyPage(allPages, ({ front, keywords, kinds }) => [
    ...unless(/^[^\n]{3,70}$/.test(textAt(front, 'title')), 'title'),
    ...unless(/^[A-Z][^\n]{20,200}\.$/.test(textAt(front, 'description')), 'description is not a sentence'),
    ...unless(Number.isInteger(at(front, 'weight')), 'weight'),
    ...unless(Array.isArray(at(front, 'kinds')) && kinds.every((kind) => /^[A-Z]\w+$/.test(kind)), 'kinds'),
    ...unless(keywords.length >= 3 && new Set(keywords).size === keywords.length, 'keywords'),
  ])
})

test('a trouble has one page, found by an id that is also its file name', () => {
  everyPage(troublePages, ({ id, name }) => unless(id === name, `its id is ${id}`))
  const ids = allPages.map(({ id }) => id).filter((id) => id !== '')
  assert.equal(new Set(ids).size, ids.length)
})

test('every page on a trouble has the same sections in the same order', () => {
  everyPage(troublePages, ({ sections }) => unless(sections.join() === SECTIONS.join(), sections.join()))
})

test('every page on a trouble shows how to look at it by REST and by a tool', () => {
  everyPage(troublePages, (page) => [
    ...unless(curlsOf(page).length > 0, 'no request'),
    ...unless(toolsIn(page).length > 0, 'no tool'),
  ])
})

test('every recorded trouble has exactly one page, and no page names another', async () => {
  const { manifests } = await readTroubles()
  const wrong = new Set(manifests.map(({ metadata }) => metadata.name).filter((name) => !SOUND.has(name)))
  const named = troublePages.flatMap(({ troubles }) => troubles)
  assert.deepEqual(named.toSorted(), [...wrong].toSorted())
})

test('every warning that Kubernetes wrote about a trouble is named by its page', async () => {
  const { objects } = await readTroubles()
  const faults = objects.flatMap((object) => {
    const page = troublePages.find(
      ({ troubles }) => troubles.includes(object.name) || troubles.includes(rootOf(object)),
    )
    return complaintsOf(object)
      .map((message) => ({ message, named: pagesNaming(message), expected: [page?.id, sharedBy(message)] }))
      .filter(({ named: [id, ...more], expected }) => id === undefined || more.length > 0 || !expected.includes(id))
      .map(({ message, named }) => `${object.name}: "${message}" is named by ${named.join()}`)
  })
  assert.deepEqual(faults, [])
})

test('every refusal, as users paste it, is named by one page', () => {
  const file = join(import.meta.dirname, '..', 'data', 'troubles', 'messages.json')
  const refusals: unknown = JSON.parse(readFileSync(file, 'utf8'))
  assert.ok(Array.isArray(refusals) && refusals.length === 35)
  for (const refusal of refusals) {
    const command = textAt(refusal, 'command')
    const [, id] = REFUSALS.find(([pattern]) => pattern.test(command)) ?? []
    assert.deepEqual(pagesNaming(textAt(refusal, 'message')), [id], command)
  }
})

const toolsIn = ({ body }: Page): string[] => [...body.matchAll(/\bk8s_[a-z_]+/g)].map(([tool]) => tool)
const operationsIn = ({ body }: Page): string[] => body.match(/\binfra\.k8s\.[a-zA-Z.]*[a-zA-Z]/g) ?? []

test('every operation and tool that a page names is there', () => {
  const names = operations.map(({ name }) => name)
  const known = new Set([...names, ...names.map(wireName)])
  everyPage(allPages, (page) => [...toolsIn(page), ...operationsIn(page)].filter((name) => !known.has(name)))
})

/** Served without an operation of their own. */
const FIXED = ['/mcp', '/openapi.json', '/openapi.yaml', '/swagger', '/livez', '/readyz']
const PATHS = [...routes.map(({ path }) => path), ...FIXED]

function requestFaults(line: string): string[] {
  try {
    const request = readCurl(line)
    const route = routeOf(request)
    if (route === undefined) return [`nobody answers ${line}`]
    checkInput(request, route)
    return []
  } catch (error) {
    return [`${line}: ${messageOf(error)}`]
  }
}

test('every request that a page shows is one the server takes', () => {
  everyPage(allPages, (page) => curlsOf(page).flatMap(requestFaults))
})

test('every path of the server that a page mentions is there', () => {
  const mentioned = (page: Page) => spansOf(page).map((span) => span.replace(/^(GET|POST|PUT|PATCH|DELETE) (?=\/)/, ''))
  const isOurs = (span: string) => /^\/(cluster|approvals|status|metrics|docs|api|search|templates)(\/\S*)?$/.test(span)
  everyPage(allPages, (page) => mentioned(page).filter((span) => isOurs(span) && !isOneOf(span, PATHS)))
})

const TEMPLATES = new Set(templates.map(({ name }) => name))
const REFERENCE = join(import.meta.dirname, '../../built/reference/1.36.json')
const KINDS = new Set(listAt(JSON.parse(readFileSync(REFERENCE, 'utf8')), 'kinds').map((each) => textAt(each, 'kind')))

function isResolved(target: string): boolean {
  const [, area = '', rest = ''] = /^\/(docs|api|templates)\/(.+)$/.exec(target) ?? []
  if (area === 'docs') return existsSync(join(DOCS, `${rest}.md`))
  return area === 'templates' ? TEMPLATES.has(rest) : area === 'api' && KINDS.has(rest)
}

test('every link leads to a page, a kind or a template', () => {
  everyPage(allPages, (page) => linksOf(page).filter((target) => !isResolved(target)))
})

test('no page is a dead end, and every page on a trouble is led to by another', () => {
  everyPage(allPages, (page) =>
    unless(
      linksOf(page).some((target) => target.startsWith('/docs/')),
      'leads nowhere',
    ),
  )
  everyPage(troublePages, ({ path }) =>
    unless(
      allPages.some((page) => page.path !== path && linksOf(page).includes(`/docs/${path}`)),
      'nobody leads here',
    ),
  )
})

// console and js: by changes.test.ts, and so is the policy; sh, and the kubeconfig: by setup.test.ts.
const CHECKED = new Set(['bash', 'yaml', 'json', 'console', 'js', 'sh'])
/** Pages whose YAML is for us, and no object of a cluster. */
const OURS = ['tasks/write-a-policy', 'tasks/kubernetes-setup']

test('every block is of a language that is checked, and every JSON block parses', () => {
  everyPage(allPages, ({ blocks }) =>
    blocks.flatMap(({ language, text }) => {
      if (language === 'json') JSON.parse(text)
      return unless(CHECKED.has(language), `a block of "${language}"`)
    }),
  )
})

test('every YAML block holds whole objects', () => {
  const holdObjects = allPages.filter(({ path }) => !OURS.includes(path))
  everyPage(holdObjects, ({ blocks }) =>
    blocks
      .filter(({ language }) => language === 'yaml')
      .flatMap(({ text }) => parseAllDocuments(text))
      .flatMap((document) => [
        ...document.errors.map(({ message }) => message),
        ...unless(isKubernetesObject(document.toJS()), `not an object: ${String(document).slice(0, 60)}`),
      ]),
  )
})
