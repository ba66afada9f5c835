import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Compile } from 'typebox/compile'
import { describe, describeText } from '../../src/services/describe/describe.ts'
import { Description } from '../../src/services/describe/schema.ts'
import { owned as ownedBy } from '../diagnose/build.ts'
import { ago, event, HOUR, make, pod, snapshot } from './build.ts'
import { EXPECTED } from './expected.ts'
import { diagnosed, findingsOf } from './judged.ts'
import { find, objects, snapshotOf } from './recorded.ts'

const MOST = 8192
const check = Compile(Description)
const bytes = (text: string): number => Buffer.byteLength(text)
const firstLine = (text: string): string => text.split('\n', 1).join('')

for (const recorded of objects) {
  test(`the description of ${recorded.key} begins with its verdict, keeps to 8 KB and to its schema`, async () => {
    const description = describe(snapshotOf(recorded), { maxBytes: MOST, findings: await findingsOf(recorded) })
    const text = describeText(description)
    const wrong = EXPECTED[recorded.key]
    if (typeof wrong === 'string') assert.equal(firstLine(text), wrong)
    else assert.match(firstLine(text), /^ok(: |$)/)
    assert.ok(check.Check(description), JSON.stringify(check.Errors(description)))
    assert.ok(bytes(text) <= MOST && bytes(JSON.stringify(description)) <= MOST)
    assert.equal(description.truncated, undefined)
  })
}

test('a pod names its owners, nearest first', () => {
  const { owners } = describe(snapshotOf(find('trouble/Pod/rollout-stuck-84698dd7db-gzgmb')), { maxBytes: MOST })
  assert.deepEqual(owners, ['ReplicaSet/rollout-stuck-84698dd7db', 'Deployment/rollout-stuck'])
})

test('a Deployment shows its ReplicaSets and pods, and the events of all of them', () => {
  const { sections, events } = describe(snapshotOf(find('trouble/Deployment/rollout-stuck')), { maxBytes: MOST })
  assert.deepEqual(
    sections.map(({ title }) => title),
    ['Conditions', 'ReplicaSets', 'Pods', 'Deployment', 'Pod template', 'Container app', 'Metadata'],
  )
  const kinds = new Set(events.map(({ object }) => object.split('/', 1).join('')))
  assert.deepEqual([...kinds].toSorted(), ['Deployment', 'Pod', 'ReplicaSet'])
})

test('an object that is just being deleted says what it waits for, and is not wrong', () => {
  const metadata = { deletionTimestamp: ago(5), finalizers: ['example.test/keep'] }
  const { verdict: wrong, status } = describe(snapshot(make('v1 ConfigMap', { metadata })), { maxBytes: MOST })
  assert.deepEqual([wrong, status], [undefined, 'being deleted for 5s, waiting for example.test/keep, 0 keys'])
})

test('events of others in the namespace are left out', () => {
  const whole = snapshotOf(find('trouble/ConfigMap/db2'))
  const everything = objects.flatMap(({ events }) => events)
  assert.deepEqual(describe({ ...whole, events: everything }, { maxBytes: MOST }).events, [])
})

test('what could not be read is said, and nothing is called ok for it', () => {
  const text = describeText(
    describe(snapshot(make('v1 ConfigMap'), { limits: ['events: forbidden for this caller'] }), { maxBytes: MOST }),
  )
  assert.equal(firstLine(text), 'nothing wrong in what could be read: 0 keys')
  assert.match(text, /^Not read: events: forbidden for this caller$/m)
})

const replica = (index: number) =>
  pod(
    { state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } },
    { metadata: { name: `web-7d9c5-${index}` }, podStatus: { phase: 'Pending' } },
  )

const MISSING =
  'image shop/web:v9 of container app of web cannot be pulled: registry docker.io has no such image or tag: not found'

/** A Deployment of 300 pods with 600 events and a large annotation. */
function crowd() {
  const annotations = { note: 'x'.repeat(100_000), small: 'kept' }
  const deployment = make('apps/v1 Deployment', {
    metadata: { annotations, uid: 'web' },
    spec: {
      replicas: 300,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'app', image: 'shop/web:v9' }] } },
    },
    status: {
      observedGeneration: 1,
      replicas: 300,
      conditions: [
        {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'm',
          lastTransitionTime: ago(HOUR),
        },
      ],
    },
  })
  const owned = Array.from({ length: 300 }, (_, index) => ownedBy(replica(index), `web-7d9c5-${index}`, deployment))
  const events = owned.flatMap((each, index) => [
    event(each, 'Warning', 'Failed', `trouble of its own number ${index}`),
    event(each, 'Warning', 'BackOff', `back off ${index}`),
  ])
  return snapshot(deployment, { owned, events })
}

for (const maxBytes of [2048, 4096, 8192, 65_536]) {
  test(`a crowd fits into ${maxBytes} bytes, and what was left out is counted`, async () => {
    const whole = crowd()
    const findings = await diagnosed(whole.object, whole.owned)
    const description = describe(whole, { maxBytes, findings })
    assert.deepEqual(
      findings.map((each) => each.pods),
      [300],
    )
    const text = describeText(description)
    assert.ok(bytes(text) <= maxBytes, `${bytes(text)} of text`)
    assert.ok(bytes(JSON.stringify(description)) <= maxBytes)
    assert.ok(bytes(text) > maxBytes / 2 || bytes(JSON.stringify(description)) > maxBytes / 2, 'the room is used')
    assert.equal(firstLine(text), MISSING)
    assert.match(description.truncated ?? '', /raise maxBytes$/)
    const lost = new RegExp(`${600 - description.events.length} more events`)
    assert.match(description.truncated ?? '', lost)
    const pods = description.sections.find(({ title }) => title === 'Pods')
    const shown = pods?.table?.rows.length ?? 0
    if (shown > 0) assert.equal(shown + (pods?.more ?? 0), 300)
    if (shown < 300) assert.ok(description.truncated?.includes(`${300 - shown} more of Pods`))
  })
}

test('what is small stays whole beside what is large', () => {
  const { sections } = describe(crowd(), { maxBytes: MOST })
  const whole = sections.filter(({ more }) => more === undefined).map(({ title }) => title)
  assert.deepEqual(whole, ['Conditions', 'Deployment', 'Container app', 'Metadata'])
  const annotations = sections.find(({ title }) => title === 'Metadata')?.lines ?? []
  assert.ok(annotations.some((line) => line.trim() === 'small: kept'))
})

const replicaSet = (name: string, replicas: number, seconds: number) =>
  make('apps/v1 ReplicaSet', { metadata: { name, creationTimestamp: ago(seconds) }, spec: { replicas } })

test('ReplicaSets that have pods come before those that had, pods in trouble before those that are well', () => {
  const fine = pod({ ready: true, state: { running: { startedAt: ago(HOUR) } } }, { metadata: { name: 'fine' } })
  const owned = [replicaSet('old', 0, 30), replicaSet('older', 1, 9000), replicaSet('new', 2, 60), fine, replica(1)]
  const { sections } = describe(snapshot(make('apps/v1 Deployment'), { owned }), { maxBytes: MOST })
  const names = (title: string) => sections.find((each) => each.title === title)?.table?.rows.map(([name]) => name)
  assert.deepEqual(names('ReplicaSets'), ['new', 'older', 'old'])
  assert.deepEqual(names('Pods'), ['web-7d9c5-1', 'fine'])
})

test('with room enough nothing is cut', () => {
  const description = describe(crowd(), { maxBytes: 10_000_000 })
  assert.equal(description.truncated, undefined)
  assert.equal(description.events.length, 600)
})

test('a crowd of 500 pods and 2000 events is described within a second', () => {
  const owned = Array.from({ length: 500 }, (_, index) => replica(index))
  const events = owned.flatMap((each) =>
    Array.from({ length: 4 }, (_, index) => event(each, 'Warning', 'Failed', `trouble ${index}`)),
  )
  const start = performance.now()
  describe(snapshot(crowd().object, { owned, events }), { maxBytes: MOST })
  assert.ok(performance.now() - start < 1000)
})

test('what turns terminals or text around does not get through', () => {
  const odd = make('example.test/v1 Widget', {
    metadata: { annotations: { a: '\u001b[2Jboo\u202etxt.exe' } },
    spec: { 'k\u0007ey': 'va\u009blue\nline' },
  })
  const text = describeText(describe(snapshot(odd), { maxBytes: MOST }))
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
})
