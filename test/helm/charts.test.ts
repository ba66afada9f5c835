import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { newAuthority } from '../cluster/certificates.ts'
import { clusterTest } from '../cluster/shared.ts'
import { folder } from '../support/process.ts'
import { chartOf, chartYaml, sha256, tgzOf } from './support/chart.ts'
import { chartsOf, signal, startRepository } from './support/charts.ts'
import { answer, manifestOf, startChartServer, startRegistry } from './support/registry.ts'

test('a chart of a repository is pinned by the digest of its bytes, and stays what it was when the repository changes', async (t) => {
  const charts = { '1.0.0': await chartOf('web', '1.0.0'), '1.1.0': await chartOf('web', '1.1.0') }
  const first = charts['1.1.0']
  const { url } = await startRepository(t, charts)
  const { charts: service, place } = chartsOf(t, { HELM_CHART_SOURCES: `${url}/charts` })
  const pinned = await service.pin({ chart: 'web', repo: `${url}/charts` }, signal)
  assert.deepEqual([pinned.name, pinned.version, pinned.appVersion, pinned.files], ['web', '1.1.0', '1.16', 3])
  assert.deepEqual([pinned.sha256, pinned.source], [sha256(first), `${url}/charts/web-1.1.0.tgz`])
  assert.equal(statSync(service.path(pinned.sha256)).mode & 0o777, 0o600)
  assert.equal(statSync(place).mode & 0o777, 0o700)
  charts['1.1.0'] = await chartOf('web', '1.1.0', { 'templates/evil.yaml': 'a: b' })
  assert.deepEqual(readFileSync(service.path(pinned.sha256)), first)
  assert.equal((await service.pinned(pinned.sha256)).version, '1.1.0')
  assert.equal((await service.pin({ chart: `sha256:${pinned.sha256}` }, signal)).sha256, pinned.sha256)
})

clusterTest('versions are chosen as both Helms choose them', async (cluster, t) => {
  const versions = ['1.0.0', '1.2.0', '1.10.0', '2.0.0', '2.1.0-rc.1', 'v3.0.0']
  const bytes: Record<string, Buffer> = {}
  for (const version of versions) bytes[version] = await chartOf('web', version)
  const { url } = await startRepository(t, bytes)
  const { charts } = chartsOf(t, { HELM_CHART_SOURCES: url })
  const asked = [
    '',
    '1.2.0',
    '^1.0',
    '~1.2.0',
    '1.x',
    '1',
    '>=1.0.0, <1.10.0',
    '<1.2 || >2.0.0 <3',
    '>0.0.0-0',
    '2.1.0-rc.1',
  ]
  for (const version of asked) {
    const ours = await charts.pin({ chart: 'web', repo: `${url}/charts/`, ...(version && { version }) }, signal)
    for (const helm of ['helm', 'helm3'] as const) {
      const theirs = await cluster[helm](['show', 'chart', 'web', `--repo=${url}/charts`, `--version=${version}`])
      assert.match(theirs.stdout, new RegExp(`^version: ${ours.version}$`, 'm'), `${helm} ${version}: ${theirs.stderr}`)
    }
  }
  const of = (chart: string, version?: string) =>
    charts.pin({ chart, repo: `${url}/charts`, ...(version && { version }) }, signal)
  await assert.rejects(of('web', '^9'), { code: 'chart_not_found', next: /1\.0\.0, 1\.2\.0/ })
  await assert.rejects(of('other'), { code: 'chart_not_found' })
  await assert.rejects(of('web', '1.2.3.4'), { code: 'bad_input' })
})

test('a chart of a registry is pulled by tag, range, digest, and with a token where the registry wants one', async (t) => {
  const chart = await chartOf('web', '1.2.0+build.5')
  const tags = { '1.0.0': await chartOf('web', '1.0.0'), '1.2.0_build.5': chart, latest: chart }
  const { host, asked } = await startRegistry(t, tags, { realm: (url) => `${url}/token`, page: 1 })
  const { charts } = chartsOf(t, { HELM_CHART_SOURCES: `oci+http://${host}/team` })
  const oci = `oci://${host}/team/web`
  for (const ref of [
    { chart: oci },
    { chart: oci, version: '1.2.0+build.5' },
    { chart: oci, version: '^1' },
    { chart: `${oci}:latest` },
    { chart: `${oci}@sha256:${sha256(manifestOf(chart))}` },
  ])
    assert.equal((await charts.pin(ref, signal)).sha256, sha256(chart), JSON.stringify(ref))
  assert.ok(
    asked.some(({ path }) => path.startsWith('/token?') && path.includes('scope=repository%3Ateam%2Fweb%3Apull')),
  )
  await assert.rejects(charts.pin({ chart: oci, version: '7.0.0' }, signal), { code: 'chart_not_found' })
  await assert.rejects(charts.pin({ chart: `oci://${host}/team/other`, version: '7.0.0' }, signal), {
    code: 'chart_not_found',
  })
})

test('over TLS, by an authority that this machine trusts and by no other', async (t) => {
  const authority = newAuthority('charts')
  const chart = await chartOf('web', '1.0.0')
  const { host } = await startRegistry(t, { '1.0.0': chart }, {}, authority)
  const ref = { chart: `oci://${host}/team/web`, version: '1.0.0' }
  const { charts, stored } = chartsOf(t, { HELM_CHART_SOURCES: `oci://${host}` })
  await assert.rejects(charts.pin(ref, signal), { code: 'chart_unavailable' })
  assert.deepEqual(stored(), [])
  const before = getCACertificates('default')
  t.after(() => setDefaultCACertificates(before))
  setDefaultCACertificates([...before, authority.certificate])
  assert.equal((await charts.pin(ref, signal)).sha256, sha256(chart))
})

test('other bytes than a digest promises are refused, wherever the digest is from', async (t) => {
  const chart = await chartOf('web', '1.0.0')
  const other = await chartOf('web', '1.0.0', { 'templates/x.yaml': 'x: y' })
  const registry = await startRegistry(t, { '1.0.0': chart }, { blob: other })
  const tampered = await startRegistry(t, { '1.0.0': chart }, { manifest: manifestOf(other) })
  const image = await startRegistry(t, { '1.0.0': chart }, { mediaType: 'application/vnd.oci.image.config.v1+json' })
  const repository = await startRepository(t, { '1.0.0': chart }, '', 'a'.repeat(64))
  const { charts, stored } = chartsOf(t, {
    HELM_CHART_SOURCES:
      [registry, tampered, image].map(({ host }) => `oci+http://${host}`).join(',') + `,${repository.url}`,
  })
  for (const ref of [
    { chart: `oci://${registry.host}/team/web`, version: '1.0.0' },
    { chart: `oci://${tampered.host}/team/web@sha256:${sha256(manifestOf(chart))}` },
    { chart: `oci://${image.host}/team/web`, version: '1.0.0' },
    { chart: 'web', repo: `${repository.url}/charts` },
  ])
    await assert.rejects(charts.pin(ref, signal), { code: 'bad_chart' }, JSON.stringify(ref))
  assert.deepEqual(stored(), [])
})

test('a large index is read on a thread, by name', async (t) => {
  const chart = await chartOf('web', '1.0.0')
  const others = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, index) => [
      `chart-${index}`,
      [{ version: '1.0.0', urls: ['x.tgz'], description: 'x'.repeat(200) }],
    ]),
  )
  const text = JSON.stringify({
    apiVersion: 'v1',
    entries: { ...others, web: [{ version: '1.0.0', urls: ['web-1.0.0.tgz'], digest: sha256(chart) }] },
  })
  const { url } = await startChartServer(t, (path, _request, response) =>
    answer(response, 200, path === '/index.yaml' ? Buffer.from(text) : chart),
  )
  const { charts } = chartsOf(t, { HELM_CHART_SOURCES: url })
  assert.equal((await charts.pin({ chart: 'web', repo: url }, signal)).version, '1.0.0')
  await assert.rejects(charts.pin({ chart: 'constructor', repo: url }, signal), { code: 'chart_not_found' })
})

test('charts of the operator’s folder: archives and folders, and nothing beside it', async (t) => {
  const root = folder(t)
  const outside = folder(t)
  writeFileSync(join(root, 'web.tgz'), await chartOf('web', '1.0.0'))
  writeFileSync(join(outside, 'secret.tgz'), await chartOf('secret', '1.0.0'))
  mkdirSync(join(root, 'plain/templates'), { recursive: true })
  writeFileSync(join(root, 'plain/Chart.yaml'), chartYaml('plain', '2.0.0'))
  writeFileSync(join(root, 'plain/templates/a.yaml'), 'kind: ConfigMap')
  writeFileSync(join(root, 'plain/.secret'), 'x')
  symlinkSync(join(outside, 'secret.tgz'), join(root, 'link.tgz'))
  symlinkSync('web.tgz', join(root, 'same.tgz'))
  mkdirSync(join(root, 'linked'))
  writeFileSync(join(root, 'linked/Chart.yaml'), chartYaml('linked', '2.0.0'))
  symlinkSync('/etc/passwd', join(root, 'linked/passwd'))
  symlinkSync(outside, join(root, 'away'))
  const { charts, stored } = chartsOf(t, { HELM_CHART_DIR: root })
  assert.equal((await charts.pin({ chart: 'web.tgz' }, signal)).source, 'web.tgz (HELM_CHART_DIR)')
  assert.equal((await charts.pin({ chart: 'same.tgz' }, signal)).name, 'web')
  const packed = await charts.pin({ chart: 'plain' }, signal)
  assert.deepEqual([packed.version, packed.files], ['2.0.0', 2])
  utimesSync(join(root, 'plain/Chart.yaml'), 1, 1)
  assert.equal(
    (await charts.pin({ chart: 'plain' }, signal)).sha256,
    packed.sha256,
    'the same files are the same bytes',
  )
  for (const [chart, code] of [
    ['link.tgz', 'chart_source_not_allowed'],
    ['away/secret.tgz', 'chart_source_not_allowed'],
    ['linked', 'bad_chart'],
    ['nothing.tgz', 'chart_not_found'],
    ['web.tgz/x', 'chart_not_found'],
  ] as const)
    await assert.rejects(charts.pin({ chart }, signal), { code }, chart)
  assert.equal(stored().length, 2)
})

test('a chart that is not what its source says is refused', async (t) => {
  const { url } = await startRepository(t, { '1.0.0': await chartOf('other', '1.0.0') })
  const { charts } = chartsOf(t, { HELM_CHART_SOURCES: url })
  await assert.rejects(charts.pin({ chart: 'web', repo: `${url}/charts` }, signal), {
    code: 'bad_chart',
    message: /"other"/,
  })
})

test('what a chart says of itself is read as it is written', async (t) => {
  const { charts } = chartsOf(t)
  const crd = 'kind: CustomResourceDefinition'
  const inner = await chartOf('db', '0.1.0', { 'crds/b.yaml': `${crd} # b` })
  const bytes = await tgzOf({
    'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.10\nappVersion: 2.50\n',
    'web/values.schema.json': '{"type":"object"}',
    'web/crds/a.yaml': `${crd} # a`,
    'web/crds/README.md': 'none',
    'web/charts/db-0.1.0.tgz': inner,
    'web/charts/queue/crds/c.yml': `${crd} # c`,
  })
  const chart = await charts.store(bytes)
  assert.deepEqual([chart.version, chart.appVersion, chart.schema], ['1.10', '2.50', { type: 'object' }])
  assert.deepEqual(chart.crds.toSorted(), [`${crd} # a`, `${crd} # b`, `${crd} # c`])
})

test('a stored chart that was altered is not used', async (t) => {
  const { charts } = chartsOf(t)
  const { sha256: digest } = await charts.store(await chartOf('web', '1.0.0'))
  writeFileSync(charts.path(digest), await chartOf('web', '1.0.1'))
  await assert.rejects(charts.pinned(digest), { code: 'bad_chart', message: /altered/ })
  await charts.store(await chartOf('web', '1.0.0'))
  assert.equal((await charts.pinned(digest)).version, '1.0.0', 'stored again, it is what it should be')
})

test('charts that were not used for 9 days go when the next one comes', async (t) => {
  const { charts, place, stored } = chartsOf(t)
  const put = async (version: string) => (await charts.store(await chartOf('web', version))).sha256
  const [old, used, fresh] = [await put('1.0.0'), await put('2.0.0'), await put('3.0.0')]
  const ago = (days: number) => Date.now() / 1000 - days * 24 * 3600
  for (const digest of [old, used]) utimesSync(charts.path(digest), ago(9.1), ago(9.1))
  utimesSync(charts.path(fresh), ago(8.9), ago(8.9))
  writeFileSync(join(place, '.torn.tmp'), 'x')
  utimesSync(join(place, '.torn.tmp'), ago(9.1), ago(9.1))
  await charts.pinned(used)
  const next = await put('4.0.0')
  assert.deepEqual(new Set(stored()), new Set([used, fresh, next].map((digest) => `${digest}.tgz`)))
  await assert.rejects(charts.pinned(old), { code: 'chart_not_found', next: /Upload it again/ })
})
