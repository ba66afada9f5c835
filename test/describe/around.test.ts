import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { around } from '../../src/services/describe/around.ts'
import { reference } from '../../src/services/describe/read.ts'
import { Facts, nameOf } from '../../src/services/diagnose/facts.ts'
import { deployment, node, owned } from '../diagnose/build.ts'
import { snapshotOf } from '../diagnose/snapshot.ts'
import { make, pod } from './build.ts'

/** What a description tells beside an object where these others were read with it. */
function beside(object: KubeObject, others: readonly KubeObject[]) {
  const facts = new Facts(snapshotOf([object, ...others], { scope: { of: 'object', object: nameOf(object) } }))
  const { owners, owned: own, related } = around(object, facts, [])
  return { owners, owned: own.map(reference), related: related.map(reference) }
}

const NONE = { owners: [], owned: [], related: [] }
const labelled = (name: string, spec: object = {}) =>
  pod({ ready: true }, { metadata: { name, uid: name, labels: { app: 'web' } }, spec })
const other = make('v1 Pod', { metadata: { name: 'other', uid: 'other' }, spec: { nodeName: 'node2' } })

test('a Deployment owns its ReplicaSets and their pods, and a pod names both', () => {
  const [top, set, first] = deployment({}, [{ revision: 1, pods: [labelled('a')] }])
  assert.ok(top !== undefined && set !== undefined && first !== undefined)
  assert.deepEqual(beside(top, [set, first, other]), { ...NONE, owned: ['ReplicaSet/web-r1', 'Pod/web-r1-0'] })
  assert.deepEqual(beside(first, [set, top, node('node1'), node('node2')]), {
    ...NONE,
    owners: ['ReplicaSet/web-r1', 'Deployment/web'],
    related: ['Node/node1'],
  })
})

test('an owner that was not read is named all the same, and one that is no controller owns too', () => {
  const widget = make('example.test/v1 Widget', { metadata: { uid: 'w' } })
  const made = make('apps/v1 StatefulSet', {
    metadata: { uid: 's', ownerReferences: [{ apiVersion: 'example.test/v1', kind: 'Widget', name: 'web', uid: 'w' }] },
  })
  const member = owned(labelled('db-0'), 'db-0', made)
  assert.deepEqual(beside(made, [member]), { ...NONE, owners: ['Widget/web'], owned: ['Pod/db-0'] })
  assert.deepEqual(beside(widget, [made, member, other]), { ...NONE, owned: ['StatefulSet/web', 'Pod/db-0'] })
})

test('a Service, its slice and a budget are about the pods that they select', () => {
  const service = owned(make('v1 Service', { spec: { selector: { app: 'web' } } }), 'web')
  const slice = owned(make('discovery.k8s.io/v1 EndpointSlice', { endpoints: [] }), 'web-x', service)
  const pods = [labelled('a'), other]
  assert.deepEqual(beside(service, [slice, ...pods]), { ...NONE, owned: ['EndpointSlice/web-x'], related: ['Pod/a'] })
  assert.deepEqual(beside(slice, [service, ...pods]), {
    ...NONE,
    owners: ['Service/web'],
    related: ['Service/web', 'Pod/a'],
  })
  const budget = make('policy/v1 PodDisruptionBudget', { spec: { selector: { matchLabels: { app: 'web' } } } })
  assert.deepEqual(beside(budget, pods), { ...NONE, related: ['Pod/a'] })
})

test('a claim is about its volume and the pods that use it, a node about the pods on it', () => {
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }]
  const claim = make('v1 PersistentVolumeClaim', { metadata: { name: 'data' }, spec: { volumeName: 'pv-1' } })
  const { namespace: _, ...metadata } = make('v1 PersistentVolume', { metadata: { name: 'pv-1' } }).metadata
  const volume = { ...make('v1 PersistentVolume'), metadata }
  const pods = [labelled('a', { volumes }), other]
  assert.deepEqual(beside(claim, [volume, ...pods]), { ...NONE, related: ['PersistentVolume/pv-1', 'Pod/a'] })
  assert.deepEqual(beside(node('node2'), pods), { ...NONE, related: ['Pod/other'] })
})
