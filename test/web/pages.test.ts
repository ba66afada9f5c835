import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { ANONYMOUS } from '../../src/call.ts'
import { BROWSER, connected, type Site, site, visit } from './fixture.ts'
import { waiting } from './waiting.ts'

test('the same address is a page for browsers and data for programs', async () => {
  await using door = await site()
  for (const path of [
    '/',
    '/docs',
    '/docs/troubleshooting/crash-loop',
    '/api',
    '/api/pods',
    '/search?q=pod',
    '/templates',
  ]) {
    const [page, data, any] = [
      await visit(door, path),
      await visit(door, path, { accept: 'application/json' }),
      await visit(door, path, { accept: '*/*' }),
    ]
    assert.match(page.headers.get('content-type') ?? '', /^text\/html; charset=utf-8$/, path)
    assert.match(page.text, /^<!doctype html><html lang="en">/, path)
    assert.equal(page.headers.get('vary'), 'Accept')
    assert.match(data.headers.get('content-type') ?? '', /json/, path)
    assert.match(any.headers.get('content-type') ?? '', /json/, path)
    assert.equal(page.status, 200, path)
  }
})

test('who names a format gets it, in a browser too', async () => {
  await using door = await site()
  const { headers, text } = await visit(door, '/docs/troubleshooting/crash-loop?format=md')
  assert.match(headers.get('content-type') ?? '', /^text\/markdown/)
  assert.match(text, /^# Container keeps crashing/)
})

test('a page has a policy of its own, and every other header of an answer', async () => {
  await using door = await site()
  for (const path of ['/', '/nothing']) {
    const { headers } = await visit(door, path)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|http|\*/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('set-cookie'), null)
  }
})

test('an error is a page for browsers, with the nearest names and the correlation id', async () => {
  await using door = await site()
  const { status, headers, text } = await visit(door, '/docs/troubleshooting/crash-lop')
  assert.equal(status, 404)
  assert.match(text, /href="\/docs\/troubleshooting\/crash-loop"/)
  assert.ok(text.includes(headers.get('x-correlation-id') ?? 'none'))
  const kind = await visit(door, '/api/Deploymnt')
  assert.equal(kind.status, 404)
  assert.match(kind.text, /deployments/)
  const bad = await visit(door, `/search?q=${'x'.repeat(10_001)}`)
  assert.equal(bad.status, 400)
  assert.match(bad.headers.get('content-type') ?? '', /^text\/html/)
  const path = await visit(door, '/doc')
  assert.match(path.text, /<code>\/docs<\/code>|\/docs/)
  const program = await visit(door, '/docs/nope', { accept: '*/*' })
  assert.match(program.headers.get('content-type') ?? '', /^application\/problem\+json/)
})

test('HEAD of a page has its headers and no body', async () => {
  await using door = await site()
  const answer = await fetch(`${door.url}/docs`, { method: 'HEAD', headers: BROWSER })
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
  assert.equal(await answer.text(), '')
})

test('the start page says how many changes wait, as far as its caller may see them', async () => {
  await using door = await site()
  waiting.open = undefined
  assert.match((await visit(door, '/')).text, /Not shown/)
  waiting.open = 0
  assert.match((await visit(door, '/')).text, /Nothing waits/)
  waiting.open = 3
  assert.match((await visit(door, '/')).text, /3 open/)
  waiting.open = 1000
  assert.match((await visit(door, '/')).text, /100 or more open/)
  await using strangers = await site(ANONYMOUS)
  const { status, text } = await visit(strangers, '/')
  assert.equal(status, 200)
  assert.match(text, /Not shown/)
  assert.match(text, /Only who has a credential is told/)
})

test('the header of every page says where the next call would go, and how many changes wait', async () => {
  await using door = await site()
  waiting.open = 3
  for (const path of [
    '/',
    '/docs',
    '/docs/troubleshooting/crash-loop',
    '/api/Deployment',
    '/templates/configmap',
    '/search?q=pod',
  ]) {
    const { text } = await visit(door, path)
    assert.match(text, /<p class="around">.*Documentation only.*>3 open</s, path)
  }
  waiting.open = 0
  assert.doesNotMatch((await visit(door, '/docs')).text, /0 open/)
  await using strangers = await site(ANONYMOUS)
  const { text } = await visit(strangers, '/docs')
  assert.doesNotMatch(text, /Documentation only| open</)
})

test('a slash at the end of an address leads to the page without it, and tells a program that it is none', async () => {
  await using door = await site()
  for (const path of ['/docs', '/docs/troubleshooting', '/api', '/templates', '/search']) {
    assert.equal((await visit(door, `${path}/`)).status, 200, path)
    const { status, headers } = await fetch(`${door.url}${path}/?q=a`, { headers: BROWSER, redirect: 'manual' })
    assert.deepEqual([status, headers.get('location')], [308, `${path}?q=a`])
  }
  assert.equal((await visit(door, '/templates/', { accept: '*/*' })).status, 400)
})

test('the manifest of a template is coloured line by line, and its text is the YAML', async () => {
  await using door = await site()
  const { text } = await visit(door, '/templates/configmap')
  const block = /<pre[^>]*id="yaml"[^>]*>(.*?)<\/pre>/s.exec(text)?.[1] ?? ''
  assert.match(
    block,
    /<span class="line" id="L2"><a href="#L2"[^>]*data-line="2"[^>]*><\/a><span class="hljs-attr">apiVersion<\/span>: v1/,
  )
  const plain = block
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
  const yaml = await (await fetch(`${door.url}/templates/configmap?format=yaml`)).text()
  assert.equal(plain, yaml)
})

test('a value of several lines stays what it is, through a form without script too', async () => {
  await using door = await site()
  const { text } = await visit(door, `/templates/configmap?data=${encodeURIComponent('a=one\r\ntwo')}`)
  assert.match(text, /<textarea[^>]*name="data"[^>]*rows="2"[^>]*>a=one\ntwo<\/textarea>/)
  assert.match(text, /one/)
  assert.doesNotMatch(text, /\\r/)
})

test('a list can be cleared, and stays so in the YAML of the page', async () => {
  await using door = await site()
  for (const query of ['data=&data=&data=', 'data=']) {
    const { text } = await visit(door, `/templates/configmap?${query}`)
    assert.match(text, /<span class="hljs-attr">data<\/span>: \{\}/)
    const [, link = ''] = /id="as-yaml" href="([^"]*)"/.exec(text) ?? []
    const { text: yaml } = await visit(door, link.replaceAll('&amp;', '&'), {})
    assert.match(yaml, /^data: \{\}$/m)
  }
  assert.match((await visit(door, '/templates/configmap')).text, /LOG_LEVEL/)
})

test('a dry run is offered where there is a cluster that the caller may know', async () => {
  const offered = async (door: Site) =>
    (await visit(door, '/templates/configmap')).text.includes('name="validate" value="server">Dry run on there<')
  await using door = await site()
  await using strangers = await site(ANONYMOUS)
  assert.equal(await offered(door), false)
  connected.to = { name: 'there', namespace: 'shop' }
  assert.equal(await offered(door), true)
  assert.match((await visit(door, '/docs')).text, /title="Context there, namespace shop"/)
  assert.equal(await offered(strangers), false)
  connected.to = undefined
})

test('examples of the pages are for the address by which this server is reached', async () => {
  await using door = await site()
  const { text } = await visit(door, '/docs/troubleshooting/crash-loop')
  assert.match(text, /http:\/\/k8s\.test:8443\/cluster\/describe\/pod/)
  assert.doesNotMatch(text, /127\.0\.0\.1:8008/)
  const { text: markdown } = await visit(door, '/docs/troubleshooting/crash-loop?format=md')
  assert.match(markdown, /127\.0\.0\.1:8008/)
})

test('a search without words is a form', async () => {
  await using door = await site()
  for (const path of ['/search', '/search?q=']) {
    const { status, text } = await visit(door, path)
    assert.equal(status, 200)
    assert.match(text, /<input id="page-search"/)
  }
  assert.equal((await visit(door, '/search', { accept: 'application/json' })).status, 400)
})

test('files of the pages may be kept for good, and nothing else of their folder is served', async () => {
  await using door = await site()
  const { text } = await visit(door, '/')
  const files = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
  assert.ok(files.length >= 4)
  for (const file of files) {
    const { status, headers } = await visit(door, file, {})
    assert.equal(status, 200, file)
    assert.match(headers.get('cache-control') ?? '', /max-age=31536000, immutable/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    const etag = headers.get('etag') ?? ''
    assert.equal((await visit(door, file, { 'if-none-match': etag, 'cache-control': 'max-age=0' })).status, 304, file)
  }
  const folder = files[0]?.replace(/[^/]*$/, '') ?? ''
  for (const path of ['docs/troubleshooting/crash-loop.md', '', '../package.json', '%2e%2e/package.json', '.'])
    assert.equal((await visit(door, folder + path, {})).status, 404, path)
})

test('every file that pages use is served', () => {
  const served = readFileSync(new URL('../../src/web/assets.ts', import.meta.url), 'utf8')
  for (const file of readdirSync(new URL('../../static', import.meta.url), { withFileTypes: true }))
    if (file.isFile()) assert.ok(served.includes(`'${file.name}'`), file.name)
})

test('own pages are small, and so is the stylesheet', async () => {
  await using door = await site()
  const rows: unknown = JSON.parse((await visit(door, '/docs', { accept: 'application/json' })).text)
  const paths = JSON.stringify(rows).match(/"\/docs\/[^"]+"/g) ?? []
  assert.ok(paths.length > 50)
  for (const quoted of paths) {
    const path = quoted.slice(1, -1)
    const { status, text } = await visit(door, path)
    assert.equal(status, 200, path)
    assert.doesNotMatch(text, /&lt;!--/, path)
    // Generated tables of everything there is.
    if (path.startsWith('/docs/reference/')) continue
    assert.ok(Buffer.byteLength(text) <= 60_000, `${path}: ${Buffer.byteLength(text)} bytes`)
  }
  assert.ok(readFileSync(new URL('../../static/style.css', import.meta.url)).length <= 20_000)
})

test('the first byte of a page comes in milliseconds', async (t) => {
  await using door = await site()
  const path = '/docs/troubleshooting/crash-loop'
  const once = async () => {
    const start = performance.now()
    const answer = await fetch(door.url + path, { headers: BROWSER })
    const took = performance.now() - start
    await answer.text()
    return took
  }
  for (let turn = 0; turn < 50; turn++) await once()
  const times: number[] = []
  for (let turn = 0; turn < 200; turn++) times.push(await once())
  const sorted = times.toSorted((a, b) => a - b)
  t.diagnostic(`p50 ${sorted[100]?.toFixed(2)} ms, p95 ${sorted[190]?.toFixed(2)} ms`)
  // The target is 5 ms on a machine that does nothing else; the benchmark holds it to that.
  assert.ok((sorted[100] ?? Infinity) <= 10)
})
