import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ANONYMOUS } from '../../src/call.ts'
import { folder } from '../support/process.ts'
import { startServer } from '../support/server.ts'
import { connected, site, visit } from './fixture.ts'
import { waiting } from './waiting.ts'

/** Every kind of error that a browser can meet, with its status. */
const ERRORS: readonly (readonly [path: string, status: number])[] = [
  ['/nothing', 404],
  ['/docs/troubleshooting/crash-lop', 404],
  ['/api/Deploymnt', 404],
  ['/templates/deploiment', 404],
  ['/cluster/broken?how=this', 400],
  ['/cluster/broken?how=role', 403],
  ['/cluster/broken?how=cluster', 503],
  ['/cluster/broken?how=us', 500],
]

test('the page of every error has the header of all pages, also where no cluster answers', async () => {
  await using door = await site()
  waiting.open = 3
  connected.to = { name: 'there', namespace: 'shop' }
  for (const [path, expected] of ERRORS) {
    const { status, text } = await visit(door, path)
    assert.equal(status, expected, path)
    assert.match(text, /<header class="top">.*id="top-search".*title="Context there, namespace shop".*>3 open</s, path)
    assert.ok(!text.includes('words of the inside'), path)
  }
  connected.to = undefined
  waiting.open = undefined
  for (const [path, expected] of ERRORS) {
    const { status, text } = await visit(door, path)
    assert.equal(status, expected, path)
    assert.match(text, /<header class="top">.*Documentation only/s, path)
    assert.doesNotMatch(text, / open</, path)
  }
})

test('the page of an error tells a stranger neither the context nor what waits', async () => {
  waiting.open = 3
  connected.to = { name: 'there', namespace: 'shop' }
  await using strangers = await site(ANONYMOUS)
  for (const [path, expected] of [...ERRORS, ['/approvals', 401] as const]) {
    const { status, text } = await visit(strangers, path)
    assert.equal(status, expected, path)
    assert.match(text, /id="top-search"/, path)
    assert.doesNotMatch(text, /namespace shop|3 open/, path)
  }
  connected.to = undefined
})

test('whoever comes for another host is told nothing by the page that refuses it', async () => {
  await using door = await site()
  waiting.open = 3
  connected.to = { name: 'there', namespace: 'shop' }
  const { statusCode, body } = await door.app.inject({
    url: '/',
    headers: { host: 'evil.example', accept: 'text/html' },
  })
  assert.equal(statusCode, 421)
  assert.match(body, /<header class="top">/)
  assert.doesNotMatch(body, /namespace shop|3 open/)
  connected.to = undefined
})

test('the nearest names are links to what they name', async () => {
  await using door = await site()
  const proposed = {
    '/docs/troubleshooting/crash-lop': '/docs/troubleshooting/crash-loop',
    '/api/Deploymnt': '/api/deployments',
    '/api/Pod?path=spec.contaners': '/api/Pod?path=spec.containers',
    '/templates/deploiment': '/templates/deployment',
    '/serach': '/search',
  }
  for (const [path, near] of Object.entries(proposed)) {
    const { status, text } = await visit(door, path)
    assert.equal(status, 404, path)
    const links = [...text.matchAll(/<main.*<\/main>/gs)].join('').matchAll(/href="([^"]*)"/g)
    const found = [...links].map(([, href = '']) => href.replaceAll('&amp;', '&'))
    const link = found.find((each) => each.startsWith(near))
    assert.ok(link !== undefined, `${path}: ${found.join(' ')}`)
    assert.equal((await visit(door, link)).status, 200, link)
  }
})

test('where no name is near, the words of the address are searched for', async () => {
  await using door = await site()
  const { status, text } = await visit(door, '/docs/why-image-pull-secret')
  assert.equal(status, 404)
  assert.match(text, /<main.*href="\/docs\/troubleshooting\/image-pull/s)
  assert.match(text, /href="\/search\?q=why%20image%20pull%20secret"/)
})

test('an address that an error names is a link, and a name that is none is not', async () => {
  await using door = await site()
  const { text } = await visit(door, '/cluster/broken?how=cluster')
  assert.match(text, /<a href="\/cluster\/contexts"><code>\/cluster\/contexts<\/code><\/a> shows every context/)
  const hostile = await visit(door, `/docs/${encodeURIComponent('"//evil.example/x"')}`)
  assert.doesNotMatch(hostile.text, /href="(?:\/docs\/)?\/\//)
})

/** A kubeconfig of a cluster where nothing listens. */
function deadKubeconfig(at: string): string {
  const file = join(at, 'kubeconfig')
  const config = {
    'current-context': 'gone',
    contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me', namespace: 'shop' } }],
    clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'me', user: { token: 'none' } }],
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

test('pages of a server whose cluster is away say so once, and are there', async (t) => {
  const server = await startServer(t, { KUBECONFIG: deadKubeconfig(folder(t)) })
  const failed = await visit(server, '/cluster/pods')
  assert.equal(failed.status, 503)
  assert.match(failed.text, /title="Context gone, namespace shop"/)
  const { status, text } = await visit(server, '/api/Pod')
  assert.equal(status, 200)
  const [, notice = ''] = /<p class="notice">(.*?)<\/p>/.exec(text) ?? []
  assert.match(notice, /^Context gone cannot be used: .+\. What is shown here is not of that cluster\.$/)
  assert.equal(notice.match(/gone/g)?.length, 1)
})
