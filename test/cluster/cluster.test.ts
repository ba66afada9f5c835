import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startMetricsApi } from './metrics-api.ts'
import { manualNode } from './nodes.ts'
import { clusterTest, skipWithoutApiServer, withNamespace } from './shared.ts'
import { startCluster, type OwnCluster } from './start.ts'

const skip = skipWithoutApiServer()

const container = { name: 'app', image: 'app:1' }
const pods = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`

clusterTest('a deployment becomes available', async (cluster) => {
  const namespace = await withNamespace(cluster)
  await cluster.kubectl(['-n', namespace, 'create', 'deployment', 'web', '--image=web:1', '--replicas=2'])
  const wait = ['-n', namespace, 'wait', '--for=condition=Available', 'deployment/web', '--timeout=20s']
  const { stdout, stderr } = await cluster.kubectl(wait)
  assert.equal(stdout, 'deployment.apps/web condition met\n', stderr)
})

clusterTest('logs are read as from a kubelet: tail, previous, timestamps', async (cluster) => {
  const namespace = await withNamespace(cluster)
  await cluster.api.create(pods(namespace), { metadata: { name: 'web' }, spec: { containers: [container] } })
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=20s'])
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append({ text: 'first', time: new Date('2026-01-02T03:04:05Z') }, 'second', 'third')
  log.writePrevious({ text: 'panic: no database', stream: 'stderr' })
  const logs = async (...options: string[]): Promise<string> =>
    (await cluster.kubectl(['-n', namespace, 'logs', 'web', ...options])).stdout
  assert.equal(await logs('--tail=2'), 'second\nthird\n')
  assert.equal(await logs('--previous'), 'panic: no database\n')
  assert.match(await logs('--timestamps'), /^2026-01-02T03:04:05\.000000000Z first\n/)
})

clusterTest('a followed log sends new lines as they are written', async (cluster) => {
  const namespace = await withNamespace(cluster)
  await cluster.api.create(pods(namespace), { metadata: { name: 'web' }, spec: { containers: [container] } })
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=20s'])
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('before')
  const follow = spawn(cluster.binary('kubectl'), ['-n', namespace, 'logs', '-f', 'web'], {
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const read = async (): Promise<string> => String(await once(follow.stdout, 'data'))
  assert.equal(await read(), 'before\n')
  log.append('after')
  assert.equal(await read(), 'after\n')
  follow.kill()
})

clusterTest('exec answers with output, input and exit code of the command', async (cluster) => {
  const namespace = await withNamespace(cluster)
  await cluster.api.create(pods(namespace), { metadata: { name: 'web' }, spec: { containers: [container] } })
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=20s'])
  const command = ['-n', namespace, 'exec', '-i', 'web', '--', 'sh', '-c', 'cat; echo oops >&2; exit 7']
  const { stdout, stderr, code } = await cluster.kubectl(command, { input: 'hello' })
  assert.equal(stdout, 'hello')
  assert.match(stderr, /^oops\n/)
  assert.equal(code, 7)
})

clusterTest('viewer reads and does not write, nobody does neither', async (cluster) => {
  const can = async (context: 'viewer' | 'nobody', verb: string): Promise<string> =>
    (await cluster.kubectl(['auth', 'can-i', verb, 'pods'], { context })).stdout.trim()
  assert.deepEqual(await Promise.all([can('viewer', 'list'), can('viewer', 'delete')]), ['yes', 'no'])
  assert.deepEqual(await Promise.all([can('nobody', 'list'), can('nobody', 'delete')]), ['no', 'no'])
})

clusterTest('the unreachable context is refused, the blackhole one gets no answer', async (cluster) => {
  const get = ['get', '--raw=/version', '--request-timeout=1s']
  const [refused, silent] = await Promise.all([
    cluster.kubectl(get, { context: 'unreachable' }),
    cluster.kubectl(get, { context: 'blackhole' }),
  ])
  assert.match(refused.stderr, /refused/)
  assert.match(silent.stderr, /timeout|deadline/i)
})

clusterTest('a pod on the manual node keeps the status a test writes', async (cluster) => {
  const namespace = await withNamespace(cluster)
  const spec = { nodeName: manualNode, containers: [container] }
  await cluster.api.create(pods(namespace), { metadata: { name: 'web' }, spec })
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' }
  const status = { name: 'app', image: 'app:1', imageID: '', ready: false, restartCount: 3, state: { waiting } }
  await cluster.api.merge(`${pods(namespace)}/web/status`, { status: { containerStatuses: [status] } })
  const { stdout } = await cluster.kubectl(['-n', namespace, 'get', 'pods', '--no-headers'])
  assert.match(stdout, /^web +0\/1 +CrashLoopBackOff +3 /)
})

clusterTest('the kubeconfig is readable for its owner only', async (cluster) => {
  assert.equal(statSync(cluster.kubeconfig).mode & 0o777, 0o600)
})

clusterTest('kubectl top shows what the metrics API says', async () => {
  const cluster = await startCluster()
  const metrics = await startMetricsApi(cluster, { node: () => ({ cpu: '1600m', memory: '64Gi' }) })
  const top = await cluster.kubectl(['top', 'nodes', '--no-headers'])
  assert.match(top.stdout, /^node-0 +1600m +5% +65536Mi +25%/, top.stderr)
  await metrics.stop()
  const gone = await cluster.kubectl(['top', 'nodes'])
  assert.match(gone.stderr, /Metrics API not available/)
  await cluster.stop()
})

async function refusesConnections(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20)
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}

test('the API server goes down, comes back on its port, and comes back with another certificate', {
  skip,
}, async () => {
  const cluster: OwnCluster = await startCluster({ apiOnly: true })
  const get = ['get', 'namespaces', '-o', 'name']
  await cluster.stopApiServer()
  assert.ok(await refusesConnections(cluster.server))
  await cluster.startApiServer()
  assert.equal((await cluster.kubectl(get)).code, 0)
  const ca = await cluster.rotateServerCertificate()
  assert.match((await cluster.kubectl(get)).stderr, /certificate signed by unknown authority/)
  await cluster.trust(ca)
  assert.equal((await cluster.kubectl(get)).code, 0)
  await cluster.stop()
  assert.ok(!existsSync(cluster.dir))
})

const killedStart = `
import { startCluster } from ${JSON.stringify(`${import.meta.dirname}/start.ts`)}
const cluster = await startCluster({ apiOnly: true })
process.stdout.write(JSON.stringify({ dir: cluster.dir, server: cluster.server }))
setInterval(() => {}, 1000)`

test('a cluster ends with its process, also when that is killed', { skip }, async () => {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', killedStart], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line]: unknown[] = await once(child.stdout, 'data')
  const { dir, server }: { dir: string; server: string } = JSON.parse(String(line))
  const pids = ['etcd', 'kube-apiserver'].map((name) => Number(readFileSync(`${dir}/run/${name}.pid`, 'utf8')))
  child.kill('SIGKILL')
  await until(() => !existsSync(dir) && pids.every(isGone))
  assert.ok(await refusesConnections(server))
})
