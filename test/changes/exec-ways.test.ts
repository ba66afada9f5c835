import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { executeExec, planExec } from '../../src/services/changes/exec.ts'
import { Refused } from '../../src/services/changes/outcomes.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { kubeconfigText } from '../cluster/kubeconfig.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import type { Ends } from '../support/ends.ts'
import { folder } from '../support/process.ts'
import { clusterOf, execution } from './support.ts'

// A command goes over a WebSocket, which the library opens by itself: whatever a kubeconfig says about the way has to hold there too.

/** A hold by a kubeconfig whose clusters and users have further fields. */
async function holdBy(ends: Ends, cluster: TestCluster, more: { cluster?: object; user?: object }) {
  const config = parse(kubeconfigText(cluster))
  for (const each of config.clusters) Object.assign(each.cluster, more.cluster)
  for (const each of config.users) Object.assign(each.user, more.user)
  const path = join(folder(ends), 'kubeconfig')
  await writeFile(path, stringify(config))
  return clusterOf(ends, cluster, 'admin', path)
}

async function running(test: TestCluster): Promise<string> {
  const namespace = await withNamespace(test)
  await runPod(test, namespace, 'web')
  return namespace
}

/** A name that only the proxy knows: what comes to the cluster by it has come through the proxy. */
const BEHIND = {
  server: 'https://cluster.invalid',
  'insecure-skip-tls-verify': true,
  'certificate-authority-data': undefined,
}

/** An HTTP proxy (CONNECT) to the cluster that ends connections on which nothing moves for so long, as load balancers do. */
async function proxyTo(ends: Ends, { server: to }: TestCluster, idleMilliseconds: number) {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  const server = createServer()
  server.on('connect', (_request, client: Socket) => {
    const upstream = connect(Number(port), hostname, () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy()).pipe(other)
    }
    client.setTimeout(idleMilliseconds, () => {
      client.destroy()
      upstream.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.after(() => {
    for (const each of sockets) each.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { ...BEHIND, 'proxy-url': `http://127.0.0.1:${address.port}` }
}

clusterTest('a command goes through the proxy of the kubeconfig', async (test, t) => {
  const namespace = await running(test)
  const cluster = await holdBy(t, test, { cluster: await proxyTo(t, test, 60_000) })
  const plan = await planExec(cluster, { namespace, name: 'web', command: ['echo', 'hello'] })
  const { output } = await executeExec(cluster, plan.steps, execution(), plan)
  assert.deepEqual([output.stdout, output.exitCode], ['hello\n', 0])
})

clusterTest('a command that is silent for long is not cut off by what lies in between', async (test, t) => {
  const namespace = await running(test)
  const cluster = await holdBy(t, test, { cluster: await proxyTo(t, test, 16_500) })
  const plan = await planExec(cluster, { namespace, name: 'web', command: ['sh', '-c', 'sleep 18; echo done'] })
  const { output } = await executeExec(cluster, plan.steps, execution(), plan)
  assert.deepEqual([output.stdout, output.exitCode, output.message], ['done\n', 0, undefined])
})

clusterTest('a command runs as whom the kubeconfig impersonates', async (test, t) => {
  const namespace = await running(test)
  const rules = [
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] },
  ]
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  await test.api.create(`${rbac}/roles`, { metadata: { name: 'runs' }, rules })
  await test.api.create(`${rbac}/rolebindings`, {
    metadata: { name: 'runs' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'runs' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' }],
  })
  const [jane, bob] = [
    await holdBy(t, test, { user: { as: 'jane' } }),
    await holdBy(t, test, { user: { as: 'bob', 'as-groups': ['system:masters-of-none'] } }),
  ]
  const question = { namespace, name: 'web', command: ['echo', 'hello'] }
  const plan = await planExec(jane, question)
  const { output } = await executeExec(jane, plan.steps, execution(), plan)
  assert.equal(output.stdout, 'hello\n')
  await assert.rejects(planExec(bob, question), { code: 'forbidden' })
  await assert.rejects(
    executeExec(bob, plan.steps, execution(), plan),
    (error) => error instanceof Refused && error.problem.code === 'forbidden',
  )
})
