import assert from 'node:assert/strict'
import { isRecord, type KubernetesObject } from './client.ts'
import { collectionPath } from './resources.ts'
import { troubleTest, type TroubleCluster } from './shared.ts'
import type { RecordedObject } from './troubles.ts'

const path = ({ kind, namespace, name }: RecordedObject): string => `${collectionPath(kind, namespace)}/${name}`

// Ages differ, and so do column widths; the words do not.
const words = (line: string): string =>
  line
    .trim()
    .replaceAll(/\b\d+[smhd](?:\d+[smh])*\b/g, '<age>')
    .split(/\s+/)
    .join(' ')

async function printed({ cluster }: TroubleCluster, kind: string, namespace: string): Promise<string[]> {
  const { stdout, stderr, code } = await cluster.kubectl(['-n', namespace, 'get', kind, '--no-headers'])
  assert.equal(code, 0, stderr)
  return stdout.split('\n').map(words)
}

troubleTest('every recorded object is printed by kubectl as it was', async (troubles) => {
  const lists = new Map<string, Promise<string[]>>()
  const listOf = (kind: string, namespace: string): Promise<string[]> => {
    const key = `${kind}/${namespace}`
    const list = lists.get(key) ?? printed(troubles, kind, namespace)
    lists.set(key, list)
    return list
  }
  assert.equal(troubles.objects.length, 54)
  for (const { kind, namespace, kubectl } of troubles.objects) {
    const lines = await listOf(kind, namespace)
    assert.ok(lines.includes(words(kubectl)), `${words(kubectl)}\nis not among\n${lines.join('\n')}`)
  }
})

troubleTest('every recorded status is in the cluster, field by field', async ({ cluster, objects }) => {
  for (const recorded of objects.filter(({ status }) => status !== undefined)) {
    const object = await cluster.api.get(path(recorded))
    assert.deepEqual(isRecord(object) && object['status'], recorded.status, path(recorded))
  }
})

troubleTest('every recorded event is found by the uid of its object', async ({ cluster, objects }) => {
  for (const recorded of objects.filter(({ events }) => events !== undefined)) {
    const object = await cluster.api.get(path(recorded))
    const uid = isRecord(object) && isRecord(object['metadata']) ? object['metadata']['uid'] : undefined
    const list = await cluster.api.get(
      `${collectionPath('Event', recorded.namespace)}?fieldSelector=involvedObject.uid=${String(uid)}`,
    )
    const items = isRecord(list) && Array.isArray(list['items']) ? list['items'] : []
    assert.deepEqual(
      items.map(({ type, reason, message }: Record<string, unknown>) => ({ type, reason, message })),
      recorded.events?.map(({ type, reason, message }) => ({ type, reason, message })),
      path(recorded),
    )
  }
})

troubleTest('owners are referred to by the uids they have', async ({ cluster, objects }) => {
  const uids = new Map<string, string>()
  const found: { recorded: RecordedObject; object: KubernetesObject }[] = []
  for (const recorded of objects) {
    const object = await cluster.api.merge(path(recorded), {})
    uids.set(`${recorded.namespace}/${recorded.kind}/${recorded.name}`, object.metadata.uid ?? '')
    found.push({ recorded, object })
  }
  for (const { recorded, object } of found) {
    const references = object.metadata['ownerReferences']
    const actual = Array.isArray(references) ? references.map(({ uid }: { uid: string }) => uid) : []
    assert.deepEqual(
      actual,
      (recorded.owner ?? []).map((owner) => uids.get(`${recorded.namespace}/${owner}`)),
      path(recorded),
    )
  }
})

troubleTest('the newest event is from now', async ({ objects }) => {
  const times = objects.flatMap(({ events = [] }) =>
    events.map(({ lastTimestamp }) => Date.parse(lastTimestamp ?? '0')),
  )
  const age = Date.now() - Math.max(...times)
  assert.ok(age >= 0 && age < 60_000, `${age} ms old`)
})
