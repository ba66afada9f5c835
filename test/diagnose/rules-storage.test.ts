import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { persistentVolumeRules } from '../../src/services/diagnose/rules/persistent-volumes.ts'
import { storageRules } from '../../src/services/diagnose/rules/storage.ts'
import { ago, event, HOUR, make } from '../describe/build.ts'
import { told } from './told.ts'

const claim = (spec: object = {}, status: object = { phase: 'Pending' }, age = HOUR): KubeObject =>
  make('v1 PersistentVolumeClaim', {
    metadata: { name: 'data', uid: 'c', creationTimestamp: ago(age) },
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '10Gi' } }, ...spec },
    status,
  })
const storageClass = (name: string, more: object = {}): KubeObject =>
  make('storage.k8s.io/v1 StorageClass', {
    metadata: { name, namespace: undefined },
    provisioner: 'ebs.example',
    ...more,
  })
const volume = (status: object, spec: object = {}): KubeObject =>
  make('v1 PersistentVolume', { metadata: { name: 'data-1', namespace: undefined }, spec, status })

test('a bound claim, one that waits for its first pod, and one just made are silent', async () => {
  assert.deepEqual(await told(storageRules, [claim({}, { phase: 'Bound' })]), [])
  const waiting = claim({ storageClassName: 'fast' })
  const told1 = event(
    waiting,
    'Normal',
    'WaitForFirstConsumer',
    'waiting for first consumer to be created before binding',
  )
  assert.deepEqual(await told(storageRules, [waiting, storageClass('fast'), told1]), [])
  const quiet = storageClass('fast', { volumeBindingMode: 'WaitForFirstConsumer' })
  assert.deepEqual(await told(storageRules, [waiting, quiet]), [])
  assert.deepEqual(await told(storageRules, [claim({ storageClassName: 'fast' }, {}, 10), storageClass('fast')]), [])
})

test('a class that does not exist is told with the nearest', async () => {
  assert.deepEqual(await told(storageRules, [claim({ storageClassName: 'fats' }), storageClass('fast')]), [
    'critical storage-class-missing: PersistentVolumeClaim shop/data asks for StorageClass fats, which does not exist; there is fast',
  ])
  assert.deepEqual(await told(storageRules, [claim({ storageClassName: 'fast' })]), [
    'critical storage-class-missing: PersistentVolumeClaim shop/data asks for StorageClass fast, which does not exist; the cluster has no StorageClass at all',
  ])
})

test('where classes may not be read, a class is missing only when the controller says so', async () => {
  const asked = claim({ storageClassName: 'fast' }, { phase: 'Pending' }, 10)
  const blind = { objects: { PersistentVolumeClaim: [asked] } }
  assert.deepEqual(await told(storageRules, [], blind), [])
  const said = event(asked, 'Warning', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found')
  assert.match(
    (await told(storageRules, [], { objects: { ...blind.objects, Event: [said] } }))[0] ?? '',
    /^critical storage-class-missing/,
  )
})

test('a claim that names no class says whether there is a default, and why the nearest volume does not fit', async () => {
  const unbound = claim()
  const said = event(
    unbound,
    'Normal',
    'FailedBinding',
    'no persistent volumes available for this claim and no storage class is set',
  )
  const small = volume({ phase: 'Available' }, { accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' } })
  assert.deepEqual(await told(storageRules, [unbound, said, small]), [
    'critical claim-pending: PersistentVolumeClaim shop/data names no StorageClass, the cluster has no default class, and no PersistentVolume fits it; volume data-1 does not offer ReadWriteMany and has 5Gi of the 10Gi asked for',
  ])
})

test('a provisioner that does not provision is named with its own words', async () => {
  const slow = claim({ storageClassName: 'fast' })
  const said = event(slow, 'Warning', 'ProvisioningFailed', 'rpc error: no capacity')
  assert.deepEqual(await told(storageRules, [slow, storageClass('fast'), said]), [
    'critical claim-pending: PersistentVolumeClaim shop/data is not provisioned by ebs.example after 60m: ProvisioningFailed: rpc error: no capacity',
  ])
})

test('a lost volume, a failed resize, a failed volume and a failed attachment are told', async () => {
  const resize = { phase: 'Bound', conditions: [{ type: 'ControllerResizeError', status: 'True', message: 'no room' }] }
  const attachment = make('storage.k8s.io/v1 VolumeAttachment', {
    metadata: { name: 'csi-1', namespace: undefined },
    spec: { nodeName: 'n1', source: { persistentVolumeName: 'data-1' } },
    status: { attachError: { message: 'volume is used on n2', time: ago(60) } },
  })
  const lines = await Promise.all([
    told(storageRules, [claim({ volumeName: 'data-1' }, { phase: 'Lost' })]),
    told(storageRules, [claim({}, resize)]),
    told(persistentVolumeRules, [volume({ phase: 'Failed', reason: 'VolumeFailedDelete', message: 'still attached' })]),
    told(persistentVolumeRules, [attachment]),
  ])
  assert.deepEqual(lines.flat(), [
    'critical claim-pending: PersistentVolumeClaim shop/data has lost its volume data-1: it does not exist any more, and with it the data',
    'warning claim-pending: PersistentVolumeClaim shop/data cannot be resized to 10Gi: no room',
    'warning claim-pending: PersistentVolume data-1 is Failed: VolumeFailedDelete: still attached',
    'critical volume-attach: Volume data-1 cannot be attached to node n1: volume is used on n2',
  ])
})
