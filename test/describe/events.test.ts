import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsAbout, mergeEvents, readEvent } from '../../src/services/describe/events.ts'
import { ago, event, make, now } from './build.ts'
import { find, now as recordedNow, objects } from './recorded.ts'

const web = make('v1 Pod')

test('eighteen refusals to create a pod, each naming another pod, are one', () => {
  const { events } = find('trouble-quota/ReplicaSet/over-quota-664774555')
  const refusals = mergeEvents(events, recordedNow).filter(({ reason }) => reason === 'FailedCreate')
  assert.equal(refusals.length, 1)
  const [{ count, first, last, age, over } = { count: 0, first: '', last: '', age: '', over: '' }] = refusals
  assert.deepEqual(
    { count, first, last, age, over },
    { count: 18, first: '2026-11-22T17:24:40Z', last: '2026-11-22T17:28:10Z', age: '90s', over: '5m' },
  )
  assert.match(refusals[0]?.message ?? '', /^Error creating: pods /)
})

test('the same trouble of two pods of one ReplicaSet is one event about both', () => {
  const pods = objects.filter(({ key }) => key.includes('/rollout-stuck-84698dd7db-'))
  const merged = mergeEvents(
    pods.flatMap(({ events }) => events),
    recordedNow,
  )
  const pull = merged.find(({ message }) => message.startsWith('Failed to pull image'))
  assert.deepEqual([pull?.count, pull?.object], [10, 'Pod/rollout-stuck-84698dd7db-xvn67 and 1 more'])
  assert.equal(merged.filter(({ reason }) => reason === 'Failed').length, 3)
})

test('pods of a StatefulSet, other reasons and other messages stay apart', () => {
  const other = make('v1 Pod', { metadata: { name: 'web-1' } })
  const events = [
    event(web, 'Warning', 'Failed', 'a'),
    event(web, 'Warning', 'Failed', 'b'),
    event(web, 'Warning', 'BackOff', 'a'),
    event(web, 'Normal', 'Failed', 'a'),
    event(other, 'Warning', 'Failed', 'a'),
  ]
  assert.equal(mergeEvents(events, now).length, 5)
})

test('ids, addresses and times do not keep the same message apart', () => {
  const tellings = [
    [
      'back-off 2m40s restarting pod web(6258fd49-3249-44bc-8edd-bc4a7ed2f93b)',
      'back-off 5m0s restarting pod web(ccb74468-1c06-4b86-8719-9c312e25dc5e)',
    ],
    ['read tcp 10.0.0.1:51234->10.0.0.2:80: reset', 'read tcp 10.0.0.1:40404->10.0.0.2:80: reset'],
    [
      '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had taints',
      '0/5 nodes are available: 4 Insufficient cpu, 1 node(s) had taints',
    ],
    ['Created pod: web-7d9c-x7k2p', 'Created pod: web-7d9c-bpgkx'],
    ['sandbox 404e0907dc70ed08 failed', 'sandbox 3792537190eb730f failed'],
  ]
  for (const [one = '', other = ''] of tellings) {
    const merged = mergeEvents(
      [
        event(web, 'Normal', 'R', one, { lastTimestamp: ago(300) }),
        event(web, 'Normal', 'R', other, { lastTimestamp: ago(10) }),
      ],
      now,
    )
    assert.deepEqual(
      merged.map(({ message, count }) => [message, count]),
      [[other, 2]],
    )
  }
})

test('newest come first, and those without any time last', () => {
  const nothing = { firstTimestamp: null, lastTimestamp: null, eventTime: null, count: null }
  const events = [
    event(web, 'Normal', 'Unknown', 'x', nothing),
    event(web, 'Normal', 'Old', 'x', { lastTimestamp: ago(900) }),
    event(web, 'Normal', 'New', 'x'),
  ]
  const merged = mergeEvents(events, now)
  assert.deepEqual(
    merged.map(({ reason, age, count }) => [reason, age, count]),
    [
      ['New', '60s', 1],
      ['Old', '15m', 1],
      ['Unknown', '<unknown>', 1],
    ],
  )
})

test('times are found wherever either API puts them', () => {
  const nothing = { firstTimestamp: null, lastTimestamp: null, count: null }
  const seen = (fields: object) => {
    const { count, first, last } = readEvent(event(web, 'Normal', 'R', 'm', { ...nothing, ...fields }))
    return [count, first, last]
  }
  assert.deepEqual(seen({ eventTime: ago(5) }), [1, ago(5), ago(5)])
  assert.deepEqual(seen({ eventTime: ago(50), series: { count: 7, lastObservedTime: ago(5) } }), [7, ago(50), ago(5)])
  assert.deepEqual(seen({ deprecatedCount: 3, deprecatedFirstTimestamp: ago(60), deprecatedLastTimestamp: ago(9) }), [
    3,
    ago(60),
    ago(9),
  ])
  assert.deepEqual(seen({ metadata: { name: 'e', creationTimestamp: ago(8) } }), [1, ago(8), ago(8)])
})

test('events of events.k8s.io/v1 read like those of core/v1', () => {
  const { kind, name, message, container } = readEvent({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e' },
    regarding: { kind: 'Pod', name: 'web', fieldPath: 'spec.initContainers{migrate}' },
    note: 'Started\ncontainer',
  })
  assert.deepEqual(
    { kind, name, message, container },
    { kind: 'Pod', name: 'web', message: 'Started container', container: 'migrate' },
  )
})

test('events of a pod that had the same name before are not about this one', () => {
  const pod = make('v1 Pod', { metadata: { uid: 'new' } })
  const told = (uid: string) => event(pod, 'Normal', uid, 'm', { involvedObject: { kind: 'Pod', name: 'web', uid } })
  assert.deepEqual(
    eventsAbout([told('old'), told('new')], pod).map(({ reason }) => reason),
    ['new'],
  )
})

const toldBy = (kind: string, uid: string) =>
  event(web, 'Normal', uid, 'm', { involvedObject: { kind, name: 'web', uid } })

test('a node is known by its name, a static pod by the hash of its file', () => {
  const node = make('v1 Node', { metadata: { uid: 'u', namespace: undefined } })
  const mirror = make('v1 Pod', { metadata: { uid: 'u', annotations: { 'kubernetes.io/config.mirror': 'hash' } } })
  const events = [toldBy('Node', 'web'), toldBy('Pod', 'hash')]
  assert.equal(eventsAbout(events, node).length, 1)
  assert.equal(eventsAbout(events, mirror).length, 1)
})
