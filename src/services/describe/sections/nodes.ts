import type { KubeObject } from '../../../kubernetes/types.ts'
import { age } from '../age.ts'
import { type Fields, fieldsAt, listAt, textAt } from '../read.ts'
import { bytesText, cpuText, quantity } from '../quantity.ts'
import type { Section } from '../schema.ts'
import { ofKind, type Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'
import { podResource } from './pod-resources.ts'
import { type Fact, facts, lines, show, table } from './section.ts'

const ROLE = 'node-role.kubernetes.io/'

const NODE: readonly Fact<KubeObject>[] = [
  [
    'Roles',
    (it) =>
      Object.keys(it.metadata.labels ?? {})
        .filter((label) => label.startsWith(ROLE))
        .map((label) => label.slice(ROLE.length)),
  ],
  ['Unschedulable', 'spec.unschedulable'],
  ['Taints', (it) => listAt(it, 'spec.taints').map(taint)],
  ['Addresses', (it) => listAt(it, 'status.addresses').map((each) => `${show(each['type'])} ${show(each['address'])}`)],
  ['Pod CIDRs', 'spec.podCIDRs'],
  ['Provider id', 'spec.providerID'],
  ['Volumes attached', (it) => listAt(it, 'status.volumesAttached').map((each) => each['name'])],
]

const taint = (each: Fields): string =>
  `${joined([show(each['key']), show(each['value'])], '=')}:${show(each['effect'])}`

const SYSTEM: readonly Fact<KubeObject>[] = [
  ['Kubelet', 'status.nodeInfo.kubeletVersion'],
  ['Runtime', 'status.nodeInfo.containerRuntimeVersion'],
  [
    'Operating system',
    (it) => joined([textAt(it, 'status.nodeInfo.osImage'), textAt(it, 'status.nodeInfo.operatingSystem')]),
  ],
  ['Kernel', 'status.nodeInfo.kernelVersion'],
  ['Architecture', 'status.nodeInfo.architecture'],
]

/** A Node: what it is, what it has, and what the pods on it ask for. */
export const nodeSections = (snapshot: Snapshot): Section[] => [
  ...lines('Node', facts(snapshot.object, NODE)),
  ...lines('System', facts(snapshot.object, SYSTEM)),
  ...capacity(snapshot),
  ...podTable(snapshot),
]

// Pods that ended hold nothing any more.
const running = ({ related }: Snapshot): KubeObject[] =>
  ofKind(related, 'Pod').filter((pod) => !['Succeeded', 'Failed'].includes(textAt(pod, 'status.phase') ?? ''))

function capacity(snapshot: Snapshot): Section[] {
  const pods = running(snapshot)
  const allocatable = fieldsAt(snapshot.object, 'status.allocatable')
  const rows = Object.entries(fieldsAt(snapshot.object, 'status.capacity')).map(([name, all]) => {
    const free = show(allocatable[name])
    return [name, all, free, asked(pods, 'requests', name, free), asked(pods, 'limits', name, free)]
  })
  return table('Resources', ['resource', 'capacity', 'allocatable', 'requests', 'limits'], rows)
}

/** What pods ask for together, with the share of what the node has for pods. */
function asked(pods: readonly KubeObject[], which: 'requests' | 'limits', name: string, allocatable: string): string {
  if (name === 'pods') return which === 'requests' ? String(pods.length) : ''
  const sum = pods.reduce((total, pod) => total + podResource(pod, which, name), 0)
  const most = quantity(allocatable) ?? 0
  return sum === 0 ? '' : `${amount(name, sum)}${most === 0 ? '' : ` (${Math.round((100 * sum) / most)}%)`}`
}

const amount = (name: string, value: number): string => (name === 'cpu' ? cpuText(value) : bytesText(value))

function podTable(snapshot: Snapshot): Section[] {
  const rows = running(snapshot).map((pod) => [
    pod.metadata.namespace,
    pod.metadata.name,
    ...(['cpu', 'memory'] as const).flatMap((name) => [cell(pod, 'requests', name), cell(pod, 'limits', name)]),
    age(snapshot.now, pod.metadata.creationTimestamp),
  ])
  return table(
    'Pods',
    ['namespace', 'name', 'cpu requests', 'cpu limits', 'memory requests', 'memory limits', 'age'],
    rows,
  )
}

function cell(pod: KubeObject, which: 'requests' | 'limits', name: string): string {
  const value = podResource(pod, which, name)
  return value === 0 ? '' : amount(name, value)
}
