import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fastify from 'fastify'
import pino from 'pino'
import { ANONYMOUS, type Call } from '../../src/call.ts'
import { edge } from '../../src/http/edge.ts'
import { routes } from '../../src/http/page.ts'
import { rest } from '../../src/http/plugin.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { getDoc } from '../../src/operations/docs/get-doc.ts'
import { listDocs } from '../../src/operations/docs/list-docs.ts'
import { search } from '../../src/operations/docs/search.ts'
import { makeRunner } from '../../src/operations/run.ts'
import { Library } from '../../src/services/docs/library/library.ts'
import { Search } from '../../src/services/docs/search/search.ts'
import { Services } from '../../src/services/index.ts'
import { listAt, scalarAt, textAt } from '../support/json.ts'
import { shared } from '../http/fixture.ts'
import { writePages } from './pages.ts'
import { folderFor } from './website.ts'

/** Services whose documentation is that of this test. */
const servicesFor = (call: Call, library: Library): Services =>
  new Services({ ...shared, library, search: new Search({ library }) }, call, undefined)

/** The door with the documentation behind it, for callers without any credential. */
async function door(t: TestContext) {
  const folder = await folderFor(t)
  const docs = new Library({ built: folder, data: folder, own: await writePages(join(folder, 'own')) })
  const runner = makeRunner({
    servicesFor: (call) => servicesFor(call, docs),
    gate: { request: () => Promise.reject(new Error('no change is asked for here')) },
    readOnly: false,
    groups: undefined,
    finished: () => undefined,
    refused: () => undefined,
    find: () => undefined,
  })
  const app = fastify(serverOptions(pino({ level: 'silent' })))
  const callerOf = () => ANONYMOUS
  edge(app, { config: { ALLOWED_HOSTS: [] }, callerOf })
  const pages = routes('docs', { 'GET /docs': listDocs, 'GET /docs/*': getDoc, 'GET /search': search })
  await app.register(rest, { pages, runner, version: '1.2.3', callerOf })
  t.after(() => app.close())
  return async (url: string, accept = '*/*') => {
    const { statusCode, headers, body } = await app.inject({ url, headers: { accept, host: 'localhost' } })
    const json: unknown = /json/.test(String(headers['content-type'])) ? JSON.parse(body) : undefined
    return { status: statusCode, type: headers['content-type'], body, json }
  }
}

test('the tree and a page are for everybody, also without a credential', async (t) => {
  const get = await door(t)
  const tree = await get('/docs')
  assert.equal(tree.status, 200)
  assert.equal(listAt(tree.json, 'pages').length, 7)
  const page = await get('/docs/troubleshooting/burnt-toast')
  assert.deepEqual(
    [page.status, textAt(page.json, 'title'), textAt(page.json, 'format')],
    [200, 'Toast is burnt', 'md'],
  )
})

test('what the pages say is not masked', async (t) => {
  const get = await door(t)
  const { json } = await get('/docs/troubleshooting/burnt-toast')
  assert.match(textAt(json, 'content'), /password: hunter2-not-a-secret/)
})

test('a page is sent as Markdown, as HTML, as JSON', async (t) => {
  const get = await door(t)
  const path = '/docs/troubleshooting/burnt-toast'
  const markdown = await get(`${path}?format=md`)
  assert.equal(markdown.type, 'text/markdown; charset=utf-8')
  assert.match(markdown.body, /^# Toast is burnt\n\n## What you see\n/)
  const html = await get(`${path}?format=html`)
  assert.equal(html.type, 'text/html; charset=utf-8')
  assert.match(html.body, /^<h2 id="what-you-see">/)
  const json = await get(`${path}?format=json`)
  assert.equal(textAt(json.json, 'sections', 1, 'anchor'), 'what-you-see')
  assert.match(textAt(json.json, 'sections', 1, 'text'), /^Smoke/)
})

test('who accepts only Markdown gets it; who names a format and accepts JSON gets JSON', async (t) => {
  const get = await door(t)
  const path = '/docs/troubleshooting/burnt-toast'
  assert.match((await get(path, 'text/markdown')).body, /^# Toast is burnt/)
  const json = await get(`${path}?format=html`, 'application/json')
  assert.match(textAt(json.json, 'content'), /^<h2 id=/)
  assert.equal((await get(path, 'image/png')).status, 406)
})

test('one section is answered alone', async (t) => {
  const get = await door(t)
  const { body } = await get('/docs/troubleshooting/burnt-toast?section=fix&format=md')
  assert.match(body, /^## Fix\n\n```yaml\nlevel: 3\n```\n$/)
})

test('unknown pages, sections and formats are told with what there is', async (t) => {
  const get = await door(t)
  const asked: readonly [url: string, status: number, code: string, next: RegExp][] = [
    ['/docs/troubleshooting/burned-toast', 404, 'unknown_page', /burnt-toast/],
    ['/docs/../etc/passwd', 404, 'unknown_path', /./],
    ['/docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 404, 'unknown_page', /./],
    ['/docs/a%00b', 404, 'unknown_page', /./],
    ['/docs/official/concepts', 404, 'docs_not_imported', /docs import/],
    ['/docs/concepts/toasters?section=none', 404, 'unknown_section', /It has/],
    ['/docs/concepts/toasters?format=pdf', 400, 'bad_input', /./],
    ['/docs/concepts/toasters?colour=red', 400, 'bad_input', /./],
    ['/docs?source=mine', 400, 'bad_input', /./],
    ['/docs?under=nowhere', 404, 'unknown_page', /./],
    ['/search', 400, 'bad_input', /./],
    ['/search?q=', 400, 'bad_input', /./],
    [`/search?q=${'x'.repeat(10_001)}`, 400, 'bad_input', /./],
    ['/search?q=toast&limit=0', 400, 'bad_input', /./],
    ['/search?q=toast&source=official', 404, 'docs_not_imported', /docs import/],
  ]
  for (const [url, status, code, next] of asked) {
    const answer = await get(url)
    assert.deepEqual([answer.status, textAt(answer.json, 'code')], [status, code], url.slice(0, 80))
    assert.match(textAt(answer.json, 'next') || textAt(answer.json, 'detail'), next, url.slice(0, 80))
  }
})

test('a search answers hits with links that lead to their pages', async (t) => {
  const get = await door(t)
  const { json } = await get('/search?q=black%20smoke&limit=3')
  assert.equal(scalarAt(json, 'hits', 0, 'url'), '/docs/troubleshooting/burnt-toast#black-smoke')
  for (const hit of listAt(json, 'hits')) assert.equal((await get(textAt(hit, 'url').replace(/#.*/, ''))).status, 200)
  const { body } = await get('/search?q=black%20smoke', 'text/plain')
  assert.match(body, /Much of it|\*\*Black\*\*|burnt-toast#black-smoke \(own\)/)
})

test('OpenAPI has the rest of the path as a parameter, and the types a page is sent as', async (t) => {
  const get = await door(t)
  const { json } = await get('/openapi.json')
  const page = ['paths', '/docs/{path}', 'get'] as const
  assert.equal(textAt(json, ...page, 'parameters', 0, 'name') !== '', true)
  const names = listAt(json, ...page, 'parameters').map((each) => `${textAt(each, 'in')} ${textAt(each, 'name')}`)
  assert.deepEqual(names.toSorted(), ['path path', 'query format', 'query section'])
  assert.equal(textAt(json, ...page, 'responses', '200', 'content', 'text/markdown', 'schema', 'type'), 'string')
})
