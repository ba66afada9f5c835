import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { HelmBinary } from '../../src/services/helm/binary.ts'
import { Charts } from '../../src/services/helm/charts.ts'
import { kubeconfigOf } from '../../src/services/helm/kubeconfig.ts'
import { clusterOf } from '../changes/support.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { base64, folder, kubeconfig, startedWith, write } from '../kubernetes/support.ts'
import { at } from '../support/json.ts'
import { chartOf } from './support/chart.ts'
import { configOf } from './support/config.ts'
import { startRegistry } from './support/registry.ts'

const run = promisify(execFile)
const signal = AbortSignal.timeout(60_000)

/** Who the API server says a program is that has this kubeconfig and nothing else. */
async function whoIs(cluster: TestCluster, path: string): Promise<unknown> {
  const args = ['auth', 'whoami', '-o', 'json']
  const { stdout } = await run(cluster.binary('kubectl'), args, {
    env: { KUBECONFIG: path, KUBECACHEDIR: `${path}.cache` },
  })
  const review: unknown = JSON.parse(stdout)
  return at(review, 'status', 'userInfo')
}

clusterTest(
  'a program with the generated kubeconfig is who the context is, however that proves itself',
  async (cluster, t) => {
    const directory = folder(t)
    const namespace = await withNamespace(cluster)
    await cluster.api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'robot' } })
    const token = (await cluster.kubectl(['-n', namespace, 'create', 'token', 'robot', '--duration=10m'])).stdout.trim()
    await write(join(directory, 'token'), `${token}\n`)
    const answer = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }
    await write(join(directory, 'kubelogin'), `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`)
    await chmod(join(directory, 'kubelogin'), 0o755)
    const { certificate, key } = cluster.users.admin
    const admin = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
    const { server, ca } = cluster
    const own = { server, 'certificate-authority-data': base64(ca) }
    const exec = { apiVersion: answer.apiVersion, command: 'kubelogin', interactiveMode: 'Never' }
    const extra = {
      as: 'ann',
      'as-groups': ['devs', 'on call'],
      'as-uid': '7',
      'as-user-extra': { 'example.com/Team Name': ['a', 'b'] },
    }
    const contexts = {
      certificate: { cluster: own, user: admin },
      'token-file': { cluster: own, user: { tokenFile: join(directory, 'token') } },
      plugin: { cluster: own, user: { exec } },
      impersonated: { cluster: own, user: { ...admin, ...extra } },
      insecure: { cluster: { server, 'insecure-skip-tls-verify': true, 'disable-compression': true }, user: admin },
      named: { cluster: { ...own, 'tls-server-name': 'localhost' }, user: admin },
    }
    const { connections } = await startedWith(t, kubeconfig(contexts), {
      execPlugins: ['kubelogin'],
      environment: { PATH: [directory, '/usr/bin', '/bin'].join(':') },
    })
    const who: Record<string, unknown> = {}
    for (const name of Object.keys(contexts)) {
      const text = await kubeconfigOf(connections.open(name), signal)
      assert.doesNotMatch(text, /"exec"|tokenFile|kubelogin/, 'nothing in it has to be looked up or run')
      who[name] = await whoIs(cluster, await write(join(directory, `${name}.json`), text))
    }
    const robot = `system:serviceaccount:${namespace}:robot`
    const names = Object.fromEntries(Object.entries(who).map(([name, info]) => [name, at(info, 'username')]))
    assert.deepEqual(names, {
      certificate: 'admin',
      'token-file': robot,
      plugin: robot,
      impersonated: 'ann',
      insecure: 'admin',
      named: 'admin',
    })
    assert.deepEqual(who['impersonated'], {
      username: 'ann',
      uid: '7',
      groups: ['devs', 'on call', 'system:authenticated'],
      extra: { 'example.com/team name': ['a', 'b'] },
    })
  },
)

test('a user name and a password, and a proxy, are in the generated kubeconfig too', async (t) => {
  const user = { username: 'ann', password: 'a:b c' }
  const cluster = { server: 'https://cluster.example.test/k8s', 'proxy-url': 'socks5://127.0.0.1:1080' }
  const { connections } = await startedWith(t, kubeconfig({ ann: { cluster, user } }))
  const made: unknown = JSON.parse(await kubeconfigOf(connections.open('ann'), signal))
  assert.deepEqual(at(made, 'users', 0, 'user'), user)
  assert.deepEqual(at(made, 'clusters', 0, 'cluster'), cluster)
})

clusterTest(
  'what a registry had when it was pinned is what helm installs, also when the registry has another by then',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const tags = { '1.0.0': await chartOf('web', '1.0.0') }
    const registry = await startRegistry(t, tags)
    const config = configOf(t, {
      HELM_BIN: cluster.binary('helm'),
      HELM_CHART_SOURCES: `oci+http://${registry.host}/team`,
    })
    const charts = new Charts(config)
    const { sha256 } = await charts.pin({ chart: `oci://${registry.host}/team/web`, version: '1.0.0' }, signal)
    const asked = registry.asked.length
    const { code, stderr } = await new HelmBinary(config).run({
      command: 'install',
      flags: { namespace },
      positionals: ['shop', charts.path(sha256)],
      values: 'colour: blue',
      cluster: await clusterOf(t, cluster),
      signal,
      timeout: 60_000,
    })
    assert.equal(code, 0, stderr)
    assert.equal(registry.asked.length, asked, 'helm asks nobody for a chart')
    const made = await cluster.api.get(`/api/v1/namespaces/${namespace}/configmaps/shop-settings`)
    assert.equal(at(made, 'data', 'colour'), 'blue')
  },
)

clusterTest('who may do nothing in a cluster may do nothing by helm', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const config = configOf(t, { HELM_BIN: cluster.binary('helm') })
  const charts = new Charts(config)
  const { sha256 } = await charts.store(await chartOf('web', '1.0.0'))
  const { code, stderr } = await new HelmBinary(config).run({
    command: 'install',
    flags: { namespace },
    positionals: ['shop', charts.path(sha256)],
    cluster: await clusterOf(t, cluster, 'nobody'),
    signal,
    timeout: 60_000,
  })
  assert.equal(code, 1)
  assert.match(stderr, /forbidden/)
})
