import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { chartOf } from './support/chart.ts'
import { chartsOf, signal, startRepository } from './support/charts.ts'
import { answer, startChartServer, startRegistry } from './support/registry.ts'

test('nothing comes from where the operator does not say, whatever the argument looks like', async (t) => {
  const chart = await chartOf('web', '1.0.0')
  const { url, host, asked } = await startRepository(t, { '1.0.0': chart })
  const { charts, stored } = chartsOf(t, {
    HELM_CHART_SOURCES: `${url}/other,oci+http://${host}/team,https://charts.example.com/a`,
  })
  const refused = { code: /^(?:bad_input|chart_source_not_allowed)$/ }
  const port = host.split(':')[1]
  const evil = [
    `${url}/charts/web-1.0.0.tgz`,
    `${url}/other/../charts/web-1.0.0.tgz`,
    `${url}/other/%2e%2e/charts/web-1.0.0.tgz`,
    `${url}/other/..%2fcharts/web-1.0.0.tgz`,
    `${url}/other\\..\\charts/web-1.0.0.tgz`,
    `${url}/otherwise/web.tgz`,
    `${url}/other/x.tgz?url=http://evil`,
    `${url}/other/x.tgz#frag`,
    url.replace('http://', 'http://user:password@') + '/other/web.tgz',
    url.replace('127.0.0.1', 'localhost') + '/other/web.tgz',
    url.replace('127.0.0.1', '2130706433').replace(`:${port}`, ':1') + '/other/web.tgz',
    `http://[::ffff:127.0.0.1]:${port}/other/web.tgz`,
    `https://charts.example.com.evil.test/a/x.tgz`,
    `https://charts.example.com@evil.test/a/x.tgz`,
    `https://charts.example.com:444/a/x.tgz`,
    `http://charts.example.com/a/x.tgz`,
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'git+https://example.com/x.git',
    's3://bucket/x',
    'ftp://example.com/x.tgz',
    `oci://${host}/teamwork/web`,
    `oci://${host}/team/../teamwork/web`,
    `oci://${host}/team/%2e%2e/x`,
    `oci://${host}/team/web?x=y`,
    `oci://user:password@${host}/team/web`,
    `oci://${host}`,
    `oci://evil.test/team/web`,
    '--post-renderer=/bin/sh',
    '-f',
    '--',
    '',
    '.',
    '..',
    '../x',
    '/etc/passwd',
    '~/x',
    'a/../../b',
    'a//b',
    'web; touch /tmp/x',
    '$(touch /tmp/x)',
    '`id`',
    'web\n--set=a=b',
    'web\0',
    '‮gzt.bew',
    'bitnami/nginx',
    'sha256:../../../../etc/passwd',
    `sha256:${'A'.repeat(64)}`,
    'x'.repeat(3_000),
  ]
  for (const each of evil) await assert.rejects(charts.pin({ chart: each }, signal), refusedBy(refused.code), each)
  const versions = ['--version', '-1', '1.0.0\n', '1;2', '$(id)', '../1', 'a'.repeat(200), '']
  for (const version of versions)
    await assert.rejects(
      charts.pin({ chart: 'web', repo: `${url}/other`, version }, signal),
      refusedBy(refused.code),
      version,
    )
  for (const repo of [
    'file:///charts',
    'oci://x/y',
    '',
    'x',
    '-f',
    `${url}/charts`,
    `${url}/other/..`,
    `${url}/other?x`,
  ])
    await assert.rejects(charts.pin({ chart: 'web', repo }, signal), refusedBy(refused.code), repo)
  for (const name of ['../web', '-f', 'a/b', '', '.web', 'web/../../x'])
    await assert.rejects(charts.pin({ chart: name, repo: `${url}/other` }, signal), refusedBy(refused.code), name)
  assert.deepEqual([asked, stored()], [[], []])
})

const refusedBy = (code: RegExp) => (error: unknown) =>
  error instanceof Error && 'code' in error && code.test(String(error.code))

test('a server without chart sources says so', async (t) => {
  const { charts } = chartsOf(t)
  const ref = { chart: 'web', repo: 'https://charts.example.com' }
  await assert.rejects(charts.pin(ref, signal), {
    code: 'chart_source_not_allowed',
    message: /no list of chart sources/,
    next: /HELM_CHART_SOURCES/,
  })
  await assert.rejects(charts.pin({ chart: 'web' }, signal), {
    code: 'chart_source_not_allowed',
    message: /HELM_CHART_DIR/,
  })
})

test('a redirect leads only to where the operator says too, and takes no token there', async (t) => {
  const chart = await chartOf('web', '1.0.0')
  const inner = await startChartServer(t, (_path, _request, response) => answer(response, 200, chart))
  const outer = await startChartServer(t, (path, _request, response) =>
    path.startsWith('/loop')
      ? answer(response, 302, {}, { location: '/loop' })
      : answer(
          response,
          302,
          {},
          { location: path.startsWith('/file') ? 'file:///etc/passwd' : `${inner.url}/web.tgz` },
        ),
  )
  const registry = await startRegistry(t, { '1.0.0': chart }, { realm: (url) => `${url}/token`, blobsAt: inner.url })
  const listed = `${outer.url},oci+http://${registry.host}`
  const closed = chartsOf(t, { HELM_CHART_SOURCES: listed })
  const oci = { chart: `oci://${registry.host}/team/web`, version: '1.0.0' }
  await assert.rejects(closed.charts.pin({ chart: `${outer.url}/web.tgz` }, signal), {
    code: 'chart_source_not_allowed',
    message: /redirects to/,
  })
  await assert.rejects(closed.charts.pin(oci, signal), { code: 'chart_source_not_allowed' })
  await assert.rejects(closed.charts.pin({ chart: `${outer.url}/file.tgz` }, signal), { code: 'chart_unavailable' })
  await assert.rejects(closed.charts.pin({ chart: `${outer.url}/loop.tgz` }, signal), {
    code: 'chart_unavailable',
    message: /redirects more than 3/,
  })
  assert.deepEqual([inner.asked, closed.stored()], [[], []])
  const open = chartsOf(t, { HELM_CHART_SOURCES: `${listed},${inner.url}` })
  await open.charts.pin({ chart: `${outer.url}/web.tgz` }, signal)
  await open.charts.pin(oci, signal)
  assert.deepEqual(
    inner.asked.map(({ authorization }) => authorization),
    [undefined, undefined],
  )
})

test('an index that names another host leads nowhere else', async (t) => {
  const chart = await chartOf('web', '1.0.0')
  const inner = await startChartServer(t, (_path, _request, response) => answer(response, 200, chart))
  for (const at of [
    `${inner.url}/`,
    'http://169.254.169.254/',
    'file:///',
    '//localhost/',
    'https://user:password@127.0.0.1/',
  ]) {
    const { url } = await startRepository(t, { '1.0.0': chart }, at)
    const { charts, stored } = chartsOf(t, { HELM_CHART_SOURCES: `${url}/charts` })
    await assert.rejects(
      charts.pin({ chart: 'web', repo: `${url}/charts` }, signal),
      { code: 'chart_source_not_allowed' },
      at,
    )
    assert.deepEqual(stored(), [])
  }
  assert.deepEqual(inner.asked, [])
})

test('a registry that sends its callers inside for a token gets nobody there', async (t) => {
  const chart = await chartOf('web', '1.0.0')
  const inner = await startChartServer(t, (_path, _request, response) => answer(response, 200, { token: 'x' }))
  const port = inner.host.split(':')[1]
  for (const realm of [
    `${inner.url}/token`,
    `https://127.0.0.1:${port}/t`,
    `https://localhost:${port}/t`,
    'https://169.254.169.254/t',
    'https://[fd00:ec2::254]/t',
    'https://10.0.0.1/t',
    'https://[::ffff:10.0.0.1]/t',
  ]) {
    const registry = await startRegistry(t, { '1.0.0': chart }, { realm: () => realm })
    const { charts } = chartsOf(t, { HELM_CHART_SOURCES: `oci+http://${registry.host}` })
    await assert.rejects(
      charts.pin({ chart: `oci://${registry.host}/team/web`, version: '1.0.0' }, signal),
      { code: 'chart_source_not_allowed' },
      realm,
    )
  }
  assert.deepEqual(inner.asked, [])
})

test('a source that is silent, broken or endless costs only its caller', async (t) => {
  const { url } = await startChartServer(t, (path, _request, response) => {
    if (path === '/silent.tgz') return true
    if (path === '/500.tgz') return answer(response, 500, {})
    if (path === '/401.tgz') return answer(response, 401, {})
    if (path === '/html.tgz') return answer(response, 200, Buffer.from('<html>sign in</html>'))
    if (path === '/endless.tgz') return endless(response)
    if (path === '/large.tgz') return begin(response, 3 * 1024 ** 3)
    if (path === '/cut.tgz') return begin(response, 100, () => response.destroy())
    if (path === '/index.yaml') return answer(response, 200, Buffer.from('a: &a [*a]\nb: {'))
    return false
  })
  const { charts, stored } = chartsOf(t, { HELM_CHART_SOURCES: `${url},http://127.0.0.1:1` })
  const cases = [
    ['500.tgz', 'chart_unavailable'],
    ['401.tgz', 'chart_unavailable'],
    ['404.tgz', 'chart_not_found'],
    ['html.tgz', 'bad_chart'],
    ['endless.tgz', 'chart_too_large'],
    ['large.tgz', 'chart_too_large'],
    ['cut.tgz', 'chart_unavailable'],
  ] as const
  for (const [path, code] of cases)
    await assert.rejects(charts.pin({ chart: `${url}/${path}` }, signal), { code }, path)
  await assert.rejects(charts.pin({ chart: 'http://127.0.0.1:1/x.tgz' }, signal), { code: 'chart_unavailable' })
  await assert.rejects(charts.pin({ chart: 'web', repo: url }, signal), { code: 'chart_unavailable' })
  await assert.rejects(charts.pin({ chart: `${url}/silent.tgz` }, AbortSignal.timeout(200)), { code: 'cancelled' })
  assert.deepEqual(stored(), [])
})

/** Promises so many bytes and sends one. */
function begin(response: ServerResponse, bytes: number, sent?: () => void): boolean {
  response.writeHead(200, { 'content-length': bytes }).write('x', sent)
  return true
}

function endless(response: ServerResponse): boolean {
  const more = Buffer.alloc(1024 * 1024)
  const send = () => {
    while (response.write(more)) continue
  }
  response.on('drain', send)
  send()
  return true
}
