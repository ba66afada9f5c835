import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Connection } from '../../src/kubernetes/connection.ts'
import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { base64, folder, get, kubeconfig, started, until, write } from './support.ts'

const REVIEW = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

/** Who the API server says this connection is. */
async function whoAmI(connection: Connection): Promise<{ username: unknown; groups: unknown[] }> {
  const signal = AbortSignal.timeout(10_000)
  const { dispatcher, headers } = await connection.credentials(signal)
  const answer = await dispatcher.request({
    origin: connection.server,
    path: REVIEW,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
    signal,
  })
  const review: unknown = await answer.body.json()
  const info = isRecord(review) && isRecord(review['status']) ? review['status']['userInfo'] : undefined
  assert.ok(isRecord(info) && Array.isArray(info['groups']), JSON.stringify(review))
  return { username: info['username'], groups: info['groups'] }
}

/** A new service account and a way to make tokens for it, each good for ten minutes. */
async function serviceAccount({ api, ...cluster }: TestCluster) {
  const namespace = await withNamespace({ api, ...cluster })
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await api.create(path, { metadata: { name: 'robot' } })
  const token = async (): Promise<string> => {
    const { stdout, stderr } = await cluster.kubectl(['-n', namespace, 'create', 'token', 'robot', '--duration=10m'])
    assert.ok(stdout.startsWith('eyJ'), stderr)
    return stdout.trim()
  }
  return { username: `system:serviceaccount:${namespace}:robot`, token }
}

const entryOf = ({ server, ca }: TestCluster): object => ({ server, 'certificate-authority-data': base64(ca) })

async function connected(t: TestContext, content: object, directory: string) {
  const path = await write(join(directory, 'config'), content)
  const environment = { PATH: [directory, '/usr/bin', '/bin'].join(delimiter) }
  return started(t, { kubeconfig: path, execPlugins: ['kubelogin'], environment })
}

clusterTest('every context of a kubeconfig is somebody else on the real API server, at once', async (cluster, t) => {
  const { connections } = await started(t, { kubeconfig: cluster.kubeconfig })
  assert.equal(connections.state.currentContext, 'admin')
  assert.deepEqual(
    connections.state.contexts.map(({ name, problem }) => [name, problem]),
    cluster.contexts.map((name) => [name, undefined]),
  )
  const names = ['admin', 'viewer', 'nobody', 'viewer', 'admin']
  const dead = assert.rejects(get(connections.open('unreachable')), { code: 'ECONNREFUSED' })
  const silent = assert.rejects(get(connections.open('blackhole')), { code: 'UND_ERR_CONNECT_TIMEOUT' })
  const answers = await Promise.all(names.map((name) => whoAmI(connections.open(name))))
  assert.deepEqual(
    answers.map(({ username }) => username),
    names,
  )
  await dead
  await silent
})

clusterTest('a token file is read again when the token in it is renewed', async (cluster, t) => {
  const { username, token } = await serviceAccount(cluster)
  const directory = folder(t)
  await write(join(directory, 'token'), 'no.token.yet')
  const content = kubeconfig({ sa: { cluster: entryOf(cluster), user: { tokenFile: 'token' } } })
  const { connections } = await connected(t, content, directory)
  assert.equal(await get(connections.open('sa')), 401)
  await write(join(directory, 'token'), `${await token()}\n`)
  await until('the new token is accepted', async () => (await get(connections.open('sa'))) === 200)
  assert.equal((await whoAmI(connections.open('sa'))).username, username)
})

clusterTest('a credential plugin lets in, and a token the server no longer takes is replaced', async (cluster, t) => {
  const { username, token } = await serviceAccount(cluster)
  const directory = folder(t)
  const script = `#!/bin/sh
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$(cat "$(dirname "$0")/secret")"
`
  await write(join(directory, 'kubelogin'), script)
  await chmod(join(directory, 'kubelogin'), 0o755)
  await write(join(directory, 'secret'), 'old.and.gone')
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'kubelogin', interactiveMode: 'Never' }
  const content = kubeconfig({ sso: { cluster: entryOf(cluster), user: { exec } } })
  const { connections } = await connected(t, content, directory)
  const connection = connections.open('sso')
  assert.equal(await get(connection), 401)
  await write(join(directory, 'secret'), await token())
  assert.equal(await get(connection), 200)
  assert.equal((await whoAmI(connections.open('sso'))).username, username)
})

clusterTest('the API server sees every impersonated group and name as it was meant', async (cluster, t) => {
  const { certificate, key } = cluster.users.admin
  const user = {
    'client-certificate-data': base64(certificate),
    'client-key-data': base64(key),
    as: 'ann@example.com',
    'as-groups': ['devs', 'on call'],
  }
  const content = kubeconfig({ ann: { cluster: entryOf(cluster), user } })
  const { connections } = await connected(t, content, folder(t))
  assert.deepEqual(await whoAmI(connections.open('ann')), {
    username: 'ann@example.com',
    groups: ['devs', 'on call', 'system:authenticated'],
  })
})
