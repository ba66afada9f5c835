import type { KubeObject } from '../../kubernetes/types.ts'
import { isWell } from '../describe/pod-status.ts'
import { type Fields, at, listAt } from '../describe/read.ts'
import { metadataSlim, picked, type Slim } from './slim.ts'

// Thousands of pods are well, and of those rules ask only who they are, where they run and what they offer.
const SPEC_OF_ANY = [
  'nodeName',
  'restartPolicy',
  'serviceAccountName',
  'priorityClassName',
  'terminationGracePeriodSeconds',
  'hostNetwork',
  'overhead',
  'resources',
]
const SPEC_OF_TROUBLED = [
  ...SPEC_OF_ANY,
  'nodeSelector',
  'affinity',
  'tolerations',
  'topologySpreadConstraints',
  'schedulingGates',
  'readinessGates',
  'schedulerName',
  'imagePullSecrets',
  'securityContext',
  'activeDeadlineSeconds',
  'volumes',
  'dnsPolicy',
  'priority',
  'preemptionPolicy',
  'runtimeClassName',
  'hostIPC',
  'hostPID',
]
const CONTAINER_OF_ANY = ['name', 'ports', 'resources', 'restartPolicy']
const CONTAINER_OF_TROUBLED = [
  ...CONTAINER_OF_ANY,
  'image',
  'imagePullPolicy',
  'command',
  'args',
  'envFrom',
  'volumeMounts',
  'volumeDevices',
  'workingDir',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'securityContext',
  'terminationMessagePolicy',
]
const STATUS = ['phase', 'reason', 'message', 'startTime', 'podIP', 'qosClass', 'nominatedNodeName']
const CONTAINER_STATUS = ['name', 'ready', 'started', 'restartCount', 'state', 'lastState', 'image']
const STATUS_OF_ANY = ['name', 'ready', 'started', 'restartCount', 'state']
const CONDITION = ['type', 'status', 'reason', 'message', 'lastTransitionTime']

/** A pod without what no rule reads; one that is well without most of the rest. */
export const podSlim: Slim = (pod) => ({
  apiVersion: pod.apiVersion,
  kind: pod.kind,
  ...(isWell(pod) ? wellPod(pod) : troubledPod(pod)),
})

function wellPod(pod: KubeObject) {
  const { annotations: _, ...metadata } = metadataSlim(pod.metadata)
  const conditions = listAt(pod, 'status.conditions').map((each) => picked(each, ['type', 'status']))
  const claims = listAt(pod, 'spec.volumes').filter((each) => 'persistentVolumeClaim' in each)
  return {
    metadata,
    spec: {
      ...picked(at(pod, 'spec'), SPEC_OF_ANY),
      containers: containers(pod, 'containers', containerOfAny),
      ...present('initContainers', containers(pod, 'initContainers', containerOfAny)),
      ...(claims.length === 0 ? {} : { volumes: claims }),
    },
    status: {
      ...picked(at(pod, 'status'), ['phase', 'startTime', 'podIP']),
      conditions,
      containerStatuses: statuses(pod, 'containerStatuses', STATUS_OF_ANY),
      ...present('initContainerStatuses', statuses(pod, 'initContainerStatuses', STATUS_OF_ANY)),
    },
  }
}

const containerOfAny = (container: Fields): Fields => picked(container, CONTAINER_OF_ANY)

// A field that a pod does not have stays away.
const present = (field: string, entries: readonly Fields[]): Fields =>
  entries.length === 0 ? {} : { [field]: entries }

function troubledPod(pod: KubeObject) {
  return {
    metadata: metadataSlim(pod.metadata),
    spec: {
      ...picked(at(pod, 'spec'), SPEC_OF_TROUBLED),
      containers: containers(pod, 'containers', troubledContainer),
      ...present('initContainers', containers(pod, 'initContainers', troubledContainer)),
      ...present(
        'ephemeralContainers',
        containers(pod, 'ephemeralContainers', (each) => picked(each, ['name', 'image'])),
      ),
    },
    status: {
      ...picked(at(pod, 'status'), STATUS),
      conditions: listAt(pod, 'status.conditions').map((each) => picked(each, CONDITION)),
      containerStatuses: statuses(pod, 'containerStatuses', CONTAINER_STATUS),
      ...present('initContainerStatuses', statuses(pod, 'initContainerStatuses', CONTAINER_STATUS)),
      ...present('ephemeralContainerStatuses', statuses(pod, 'ephemeralContainerStatuses', CONTAINER_STATUS)),
    },
  }
}

// Of variables only where they come from: what they say is nobody's business, and may be secret.
const troubledContainer = (container: Fields): Fields => ({
  ...picked(container, CONTAINER_OF_TROUBLED),
  env: listAt(container, 'env').map((each) => picked(each, ['name', 'valueFrom'])),
})

const containers = (pod: KubeObject, field: string, keep: (container: Fields) => Fields): Fields[] =>
  listAt(pod, `spec.${field}`).map(keep)

const statuses = (pod: KubeObject, field: string, names: readonly string[]): Fields[] =>
  listAt(pod, `status.${field}`).map((each) => picked(each, names))
