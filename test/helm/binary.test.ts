import assert from 'node:assert/strict'
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { failureOf, HelmBinary, type HelmFlags, type HelmRequest } from '../../src/services/helm/binary.ts'
import { dataPlaces } from '../../src/config.ts'
import { type HelmCommand, flagArguments } from '../../src/services/helm/flags.ts'
import { runHelm } from '../../src/services/helm/process.ts'
import { processGroupAlive, processGroupOf } from '../../src/services/helm/process-group.ts'
import { clusterOf } from '../changes/support.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { folder, until } from '../support/process.ts'
import { chartOf } from './support/chart.ts'
import { configOf } from './support/config.ts'

const HELMS = ['helm', 'helm3'] as const

const ask = (request: Partial<HelmRequest>): HelmRequest => ({
  command: 'template',
  flags: {},
  positionals: ['web', '/nowhere.tgz'],
  signal: new AbortController().signal,
  timeout: 60_000,
  ...request,
})

/** A program in helm's place: a shell script that answers for its version and then does as it is told. */
function pretend(t: TestContext, script: string, version = 'v4.3.1'): HelmBinary {
  const path = join(folder(t), 'helm')
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = version ]; then echo ${version}; exit; fi\n${script}\n`)
  chmodSync(path, 0o755)
  return new HelmBinary(configOf(t, { HELM_BIN: path }))
}

async function storedChart(t: TestContext): Promise<string> {
  const path = join(folder(t), 'web.tgz')
  writeFileSync(path, await chartOf('web', '1.2.3'))
  return path
}

for (const helm of HELMS) {
  clusterTest(`${helm} installs, upgrades, rolls back and uninstalls on the real API server`, async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const config = configOf(t, { HELM_BIN: cluster.binary(helm) })
    const binary = new HelmBinary(config)
    const common = { cluster: await clusterOf(t, cluster), signal: t.signal, timeout: 60_000 }
    const chart = await storedChart(t)
    const groups: string[] = []
    const lines: string[] = []
    const install = await binary.run({
      ...common,
      command: 'install',
      flags: {
        namespace,
        labels: { 'k8s-mcp.io/execution': 'abc' },
        description: 'a -- b, "c"',
        output: 'json',
        debug: true,
      },
      positionals: ['web', chart],
      values: 'colour: "blue"\n',
      started: (group) => groups.push(group),
      onLine: (line) => lines.push(line),
    })
    assert.equal(install.code, 0, install.stderr)
    assert.equal(JSON.parse(install.stdout.slice(install.stdout.indexOf('{'))).info.description, 'a -- b, "c"')
    assert.match(JSON.stringify(await settings(cluster, namespace)), /"colour":"blue"/)
    assert.equal(groups.length, 1)
    assert.equal(processGroupAlive(groups[0] ?? ''), false)
    assert.ok(lines.length > 0, 'with debug it says what it does')

    const upgrade = await binary.run({
      ...common,
      command: 'upgrade',
      flags: { namespace, wait: true, timeout: 30, 'rollback-on-failure': true },
      positionals: ['web', chart],
      values: '{"colour":"red"}',
    })
    assert.equal(upgrade.code, 0, upgrade.stderr)
    assert.match(JSON.stringify(await settings(cluster, namespace)), /"colour":"red"/)
    const rollback = await binary.run({
      ...common,
      command: 'rollback',
      flags: { namespace, description: 'back' },
      positionals: ['web', '1'],
    })
    assert.equal(rollback.code, 0, rollback.stderr)
    assert.match(JSON.stringify(await settings(cluster, namespace)), /"colour":"blue"/)
    const uninstall = await binary.run({ ...common, command: 'uninstall', flags: { namespace }, positionals: ['web'] })
    assert.equal(uninstall.code, 0, uninstall.stderr)
    assert.deepEqual(readdirSync(join(dataPlaces(config).folder, 'helm')), [], 'no home, and so no kubeconfig, is left')
  })

  clusterTest(`${helm} takes every flag that can be passed to it`, async (cluster, t) => {
    const binary = new HelmBinary(configOf(t, { HELM_BIN: cluster.binary(helm) }))
    const version = await binary.version()
    assert.equal(version.major, helm === 'helm' ? 4 : 3)
    for (const [command, flags] of everyFlag(version.major)) {
      const { code, stderr } = await cluster[helm](
        [...flagArguments(command, flags, version), command, '--help'].toSorted(last),
      )
      assert.equal(code, 0, `${command}: ${stderr}`)
    }
  })

  clusterTest(`what ${helm} says of a failure is told, and the release that is there stays`, async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const binary = new HelmBinary(configOf(t, { HELM_BIN: cluster.binary(helm) }))
    const common = { cluster: await clusterOf(t, cluster), signal: t.signal, timeout: 60_000, flags: { namespace } }
    const install = { ...common, command: 'install', positionals: ['web', await storedChart(t)] } as const
    assert.equal((await binary.run(install)).code, 0)
    const again = await binary.run(install)
    assert.equal(again.code, 1)
    assert.match(failureOf('install', again).message, /^helm install failed with exit code 1: .*cannot re-?use a name/)
  })
}

const byName = (a = '', b = '') => a.localeCompare(b)
const last = (a: string, b: string) => Number(a.startsWith('--')) - Number(b.startsWith('--'))

const settings = ({ api }: TestCluster, namespace: string) =>
  api.get(`/api/v1/namespaces/${namespace}/configmaps/web-settings`)

const SHARED: HelmFlags = { namespace: 'x', debug: true }
const WRITES: HelmFlags = { ...SHARED, timeout: 10, wait: true, 'no-hooks': true, description: 'x' }

function everyFlag(major: number): [HelmCommand, HelmFlags][] {
  const forced: HelmFlags = { 'force-replace': true, ...(major > 3 ? { 'force-conflicts': true } : {}) }
  const applies: HelmFlags = {
    ...WRITES,
    ...forced,
    'disable-openapi-validation': true,
    'dry-run': 'server',
    'hide-notes': true,
    labels: { a: 'b', 'c/d': 'e' },
    output: 'json',
    'rollback-on-failure': true,
    'skip-crds': true,
    'skip-schema-validation': true,
    'take-ownership': true,
    'wait-for-jobs': true,
  }
  return [
    ['install', { ...applies, 'create-namespace': true }],
    [
      'upgrade',
      {
        ...applies,
        'cleanup-on-fail': true,
        'history-max': 5,
        'reset-values': true,
        'reuse-values': true,
        'reset-then-reuse-values': true,
      },
    ],
    ['rollback', { ...WRITES, ...forced, 'cleanup-on-fail': true, 'history-max': 5, 'wait-for-jobs': true }],
    ['uninstall', { ...WRITES, cascade: 'foreground', 'keep-history': true }],
    [
      'template',
      {
        ...SHARED,
        'api-versions': ['v1', 'apps/v1'],
        'create-namespace': true,
        'dry-run': 'client',
        'include-crds': true,
        'is-upgrade': true,
        'kube-version': 'v1.36.0',
        'skip-crds': false,
        'skip-schema-validation': true,
        'skip-tests': true,
      },
    ],
  ]
}

test('a helm that is not there is said, with what to do', async (t) => {
  for (const HELM_BIN of ['helm-that-is-not-there', '/nowhere/helm', './helm', '../helm']) {
    const binary = new HelmBinary(configOf(t, { HELM_BIN }))
    await assert.rejects(binary.version(), { code: 'helm_not_installed', next: /HELM_BIN/ })
    await assert.rejects(binary.run(ask({})), { code: 'helm_not_installed' })
  }
})

test('a helm that is too old, too new, or none, is not run', async (t) => {
  const cases = [
    ['v3.16.4', 'helm_too_old'],
    ['v2.17.0', 'helm_too_old'],
    ['v5.0.0', 'helm_unusable'],
    ['GNU coreutils 9', 'helm_unusable'],
    ['', 'helm_unusable'],
  ] as const
  for (const [version, code] of cases) {
    const marker = join(folder(t), 'ran')
    await assert.rejects(pretend(t, `touch ${marker}`, version).run(ask({})), { code })
    assert.throws(() => chmodSync(marker, 0o600), { code: 'ENOENT' })
  }
})

test('a file that cannot be run as a program is said', async (t) => {
  const path = join(folder(t), 'helm')
  writeFileSync(path, 'no program')
  chmodSync(path, 0o755)
  await assert.rejects(new HelmBinary(configOf(t, { HELM_BIN: path })).version(), { code: 'helm_unusable' })
})

test('the version is asked once, and again when another helm is in its place', async (t) => {
  const path = join(folder(t), 'helm')
  const count = join(folder(t), 'count')
  const put = (version: string) => {
    writeFileSync(path, `#!/bin/sh\necho x >> ${count}\necho ${version}\n`)
    chmodSync(path, 0o755)
  }
  put('v4.3')
  const binary = new HelmBinary(configOf(t, { HELM_BIN: path }))
  await Promise.all([binary.version(), binary.version()])
  assert.deepEqual(await binary.version(), { major: 4, minor: 3, text: 'v4.3' })
  put('v3.22.0')
  assert.equal((await binary.version()).major, 3)
  assert.equal(readLines(count), 2)
})

const readLines = (path: string) =>
  process.getBuiltinModule('node:fs').readFileSync(path, 'utf8').trim().split('\n').length

test('nothing of the server gets into the environment of helm but where certificates are', async (t) => {
  process.env['SECRET_OF_THE_SERVER'] = 'canary'
  t.after(() => delete process.env['SECRET_OF_THE_SERVER'])
  const { stdout } = await pretend(t, '/usr/bin/env').run(ask({}))
  const names = stdout
    .split('\n')
    .map((line) => line.split('=')[0])
    .filter((name) => name !== '' && name !== '_' && name !== 'PWD' && name !== 'SHLVL' && name !== 'OLDPWD')
  assert.deepEqual(names.toSorted(byName), [
    'HELM_CACHE_HOME',
    'HELM_CONFIG_HOME',
    'HELM_DATA_HOME',
    'HELM_DRIVER',
    'HELM_NO_PLUGINS',
    'HELM_PLUGINS',
    'HOME',
    'KUBECACHEDIR',
    'KUBECONFIG',
    'TMPDIR',
  ])
})

test('a helm that hangs is ended with everything it started when its time is over', async (t) => {
  let group = ''
  const result = await pretend(t, 'sleep 300 & sleep 300').run(ask({ timeout: 300, started: (id) => (group = id) }))
  assert.equal(result.killed, 'timeout')
  assert.match(failureOf('install', result).message, /did not end in time and was ended/)
  await until('the group has ended', () => (processGroupAlive(group) ? undefined : true))
})

test('a helm that does not end when it is asked to is made to', async (t) => {
  const lines: string[] = []
  const result = await runHelm({
    path: '/bin/sh',
    arguments: ['-c', 'trap "echo not yet >&2" TERM; while true; do sleep 0.05; done'],
    environment: { PATH: '/usr/bin:/bin' },
    directory: folder(t),
    signal: new AbortController().signal,
    timeout: 200,
    grace: 300,
    onLine: (line) => lines.push(line),
  })
  assert.deepEqual([result.killed, result.code, lines.includes('not yet')], ['timeout', null, true])
})

test('a caller that leaves ends helm, which may still say what it does', async (t) => {
  const leaving = new AbortController()
  const result = await pretend(t, 'trap "echo Release web has been cancelled. >&2; exit 1" TERM; sleep 300 & wait').run(
    ask({ signal: leaving.signal, started: () => setTimeout(() => leaving.abort(), 100) }),
  )
  assert.deepEqual([result.killed, result.code], ['cancelled', 1])
  assert.match(result.stderr, /has been cancelled/)
  await assert.rejects(pretend(t, 'exit 0').run(ask({ signal: leaving.signal })), { name: 'AbortError' })
})

test('a helm that prints 100 MB is ended, and what it printed is not kept', async (t) => {
  for (const to of ['1', '2']) {
    const result = await pretend(t, `head -c 104857600 /dev/zero >&${to}; sleep 300`).run(ask({}))
    assert.equal(result.killed, 'output')
    assert.ok(result.stdout.length + result.stderr.length <= 33 * 1024 * 1024)
    assert.match(failureOf('upgrade', result).message, /wrote more than 32 MiB/)
  }
})

test('a helm that a signal ends is told from one that failed', async (t) => {
  const result = await pretend(t, 'kill -KILL $$').run(ask({}))
  assert.deepEqual([result.killed, result.code], ['signal', null])
  assert.match(failureOf('upgrade', result).message, /a signal that is not this server's/)
})

test('what helm writes cannot steer a terminal, and a secret in it is not told on', async (t) => {
  const lines: string[] = []
  const script = `printf 'a\\033[2Jb\\n\\nAuthorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789\\nlast' >&2; exit 3`
  const result = await pretend(t, script).run(ask({ onLine: (line) => lines.push(line) }))
  assert.equal(lines[0], 'ab')
  assert.ok(!lines.join('\n').includes('abcdefghijklmnopqrstuvwxyz0123456789'))
  assert.equal(lines.at(-1), 'last')
  assert.match(failureOf('upgrade', result).message, /exit code 3: last/)
})

test('nothing that looks like a flag, an address or a way up is a positional, and no flag is what it is not', async (t) => {
  const marker = join(folder(t), 'ran')
  const binary = pretend(t, `touch ${marker}`)
  const evil = [
    '-f',
    '--kubeconfig=/etc/passwd',
    '--',
    '-',
    '',
    'oci://evil/x',
    'https://evil/x.tgz',
    'file:///etc',
    '/charts/../../etc',
    '../x',
    'a\nb',
    ' x',
    '$(touch x)',
    '`id`',
    '|id',
    ';id',
    '~/x',
    '@x',
  ]
  for (const each of evil)
    await assert.rejects(binary.run(ask({ positionals: ['web', each] })), { code: 'bad_input' }, each)
  const flags: HelmFlags[] = [
    { labels: { a: 'b,c=d' } },
    { labels: { 'a=b': 'c' } },
    { labels: { a: '"' } },
    { 'history-max': 1.5 },
    { timeout: -1 },
    { 'api-versions': ['a,b'] },
    { 'keep-history': true },
  ]
  for (const each of flags)
    await assert.rejects(
      binary.run(ask({ command: 'upgrade', flags: each })),
      { code: 'bad_input' },
      JSON.stringify(each),
    )
  const unknown: HelmFlags = JSON.parse('{"post-renderer":"/bin/sh"}')
  await assert.rejects(binary.run(ask({ command: 'upgrade', flags: unknown })), { code: 'bad_input' })
  assert.throws(() => chmodSync(marker, 0o600), { code: 'ENOENT' })
})

test('a value of a flag stays in its argument, whatever it is', async (t) => {
  const { stdout } = await pretend(t, 'for each in "$@"; do echo "<$each>"; done').run(
    ask({ command: 'upgrade', flags: { namespace: '--kubeconfig=/x', description: '-o yaml; $(id)' }, values: 'a: b' }),
  )
  assert.deepEqual(stdout.trim().split('\n'), [
    '<upgrade>',
    '<--namespace=--kubeconfig=/x>',
    '<--description=-o yaml; $(id)>',
    '<--values=->',
    '<-->',
    '<web>',
    '</nowhere.tgz>',
  ])
})

test('what Helm 3 does not have is refused, and what it names otherwise is renamed', () => {
  const three = { major: 3, minor: 22, text: 'v3.22.0' }
  assert.throws(() => flagArguments('install', { 'force-conflicts': true }, three), { code: 'helm_too_old' })
  assert.deepEqual(flagArguments('install', { 'rollback-on-failure': true, 'force-replace': true }, three), [
    '--atomic',
    '--force',
  ])
  assert.deepEqual(flagArguments('rollback', { description: 'x' }, three), [])
})

test('a home that a dead server left behind goes, but not while its helm still runs', async (t) => {
  const config = configOf(t, { HELM_BIN: '/bin/false' })
  const root = join(dataPlaces(config).folder, 'helm')
  const { mkdirSync, existsSync } = process.getBuiltinModule('node:fs')
  for (const [name, group] of [
    ['gone', '999999999@1'],
    ['runs', processGroupOf(process.pid)],
    ['torn', ''],
  ] as const) {
    mkdirSync(join(root, name), { recursive: true })
    writeFileSync(join(root, name, 'process-group'), group)
  }
  await assert.rejects(new HelmBinary(config).version(), { code: 'helm_unusable' })
  assert.deepEqual(
    ['gone', 'runs', 'torn'].map((name) => existsSync(join(root, name))),
    [false, true, false],
  )
})

test('a process group is another one when its number is used again', () => {
  const own = processGroupOf(process.pid)
  assert.equal(processGroupAlive(own), true)
  assert.equal(processGroupAlive(`${process.pid}@1`), false)
  assert.throws(() => processGroupAlive('1'), TypeError)
  assert.throws(() => processGroupAlive('-1'), TypeError)
})
