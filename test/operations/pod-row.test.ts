import assert from 'node:assert/strict'
import { isRecord } from '../cluster/client.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { type Random, randomOf } from '../crash/random.ts'
import { scalarAt, textAt } from '../support/json.ts'
import { sameWords } from '../support/kubectl.ts'
import { answerOf, itemsOf } from '../support/lists.ts'
import { startServer } from '../support/server.ts'

const PODS = 200

/** Up to two names more than the least. */
const some = (random: Random, least: number, prefix: string) =>
  Array.from({ length: least + random.between(0, 2) }, (_, index) => `${prefix}${index}`)

const ended = (random: Random, finishedAt: string) => {
  const exitCode = random.pick([0, 0, 1, 137])
  const reason = random.pick([null, 'Completed', exitCode === 0 ? 'Completed' : 'Error'])
  return { exitCode, reason, signal: random.pick([null, 9]), finishedAt, startedAt: finishedAt }
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+/, '')

const stateOf = (random: Random) =>
  random.pick([
    {},
    { running: { startedAt: ago(60) } },
    { running: { startedAt: ago(60) } },
    { waiting: {} },
    { waiting: { reason: random.pick(['PodInitializing', 'CrashLoopBackOff', 'ContainerCreating']) } },
    { terminated: ended(random, ago(500)) },
    { terminated: ended(random, ago(5000)) },
    { terminated: ended(random, ago(50_000)) },
  ])

const statusOf = (random: Random) => (name: string) => ({
  name,
  image: 'shop/app:1',
  imageID: '',
  ready: random.chance(0.5),
  started: random.pick([null, true, false]),
  restartCount: random.pick([0, 0, 1, 7]),
  state: stateOf(random),
  lastState: random.pick([{}, { terminated: ended(random, ago(random.between(9000, 1_000_000))) }]),
})

const container = (name: string) => ({ name, image: 'shop/app:1' })

/** A pod in any state the API server takes, likely or not. */
function anyPod(random: Random, name: string) {
  const inits = some(random, 0, 'init')
  const apps = some(random, 1, 'app')
  const gates = some(random, 0, 'example.test/gate')
  const types = ['Initialized', 'Ready', ...gates].filter(() => random.chance(0.5))
  const conditions = types.map((type) => ({ type, status: random.pick(['True', 'True', 'False']) }))
  const isGated = random.chance(0.1)
  const gated = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }
  return {
    isDeleted: random.chance(0.2),
    pod: {
      metadata: { name, finalizers: ['example.test/kept'] },
      spec: {
        schedulerName: 'nobody',
        readinessGates: gates.map((conditionType) => ({ conditionType })),
        initContainers: inits.map((each) => ({
          ...container(each),
          ...(random.chance(0.5) ? { restartPolicy: 'Always' } : {}),
        })),
        containers: apps.map(container),
      },
    },
    status: {
      phase: random.pick(['Pending', 'Running', 'Running', 'Succeeded', 'Failed']),
      reason: random.pick([null, null, 'Evicted', 'NodeLost']),
      conditions: isGated ? [...conditions, gated] : conditions,
      initContainerStatuses: inits.map(statusOf(random)),
      containerStatuses: random.chance(0.2) ? [] : apps.map(statusOf(random)),
      podIPs: random.pick([null, [{ ip: '10.0.0.9' }, { ip: 'fd00::9' }]]),
      nominatedNodeName: random.pick([null, 'node-9']),
    },
  }
}

clusterTest('one pod has the row that it has in the list of pods, whatever its state', async (cluster, t) => {
  const { api } = cluster
  const namespace = await withNamespace(cluster)
  const path = `/api/v1/namespaces/${namespace}/pods`
  const random = randomOf(36)
  for (let count = 0; count < PODS; count++) {
    const name = `pod-${count}`
    const { pod, status, isDeleted } = anyPod(random, name)
    await api.create(path, pod)
    await api.merge(`${path}/${name}/status`, { status })
    if (isDeleted) await api.delete(`${path}/${name}`)
  }
  t.after(async () => {
    for (let count = 0; count < PODS; count++)
      await api.merge(`${path}/pod-${count}`, { metadata: { finalizers: null } })
  })
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const rows = await itemsOf(server, `/cluster/pods?namespace=${namespace}&limit=500`)
  assert.equal(rows.length, PODS)
  const words = new Set(rows.map((row) => textAt(row, 'status').replaceAll(/\d/g, '0')))
  assert.ok(words.size > 15, [...words].join(' '))
  for (const row of rows) {
    const name = textAt(row, 'name')
    const one = await answerOf(server, `/cluster/pod/${namespace}/${name}`)
    assert.ok(isRecord(one))
    assert.equal('lastRestart' in one, 'lastRestart' in row, name)
    const other = Object.keys(row).filter((field) => !sameWords(scalarAt(one, field), scalarAt(row, field)))
    assert.deepEqual(
      other.map((field) => [field, one[field], row[field]]),
      [],
      `${name}: field, as one pod, in the list`,
    )
  }
})
