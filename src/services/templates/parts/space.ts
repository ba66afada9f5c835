import type { KubeObject, ObjectMeta } from '../../../kubernetes/types.ts'
import { quantity } from '../../describe/quantity.ts'
import { why } from '../why.ts'

export const LEVELS = ['restricted', 'baseline', 'privileged'] as const
export type Level = (typeof LEVELS)[number]

/** A namespace whose Pods are held to a level of Pod Security. */
export const namespace = (name: string, labels: Record<string, string>, level: Level): KubeObject => {
  const security = why(
    {
      ...labels,
      'pod-security.kubernetes.io/enforce': level,
      'pod-security.kubernetes.io/warn': level,
      'pod-security.kubernetes.io/audit': level,
    },
    {
      'pod-security.kubernetes.io/enforce': 'Pods below this level are refused.',
      'pod-security.kubernetes.io/warn': 'Whoever applies a workload is told at once, not only its Pods refused.',
    },
  )
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: security } }
}

/** The most that a namespace may use. */
export interface Most {
  cpu: string
  memory: string
  storage: string
  pods: number
  loadBalancers: number
}

export const quota = (metadata: ObjectMeta, { cpu, memory, storage, pods, loadBalancers }: Most): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata,
  spec: {
    hard: why(
      {
        'requests.cpu': cpu,
        'requests.memory': memory,
        'limits.memory': memory,
        'requests.storage': storage,
        pods: String(pods),
        'services.loadbalancers': String(loadBalancers),
        'services.nodeports': '0',
      },
      {
        'requests.cpu': 'From now on every container has to say its requests; a LimitRange fills them in.',
        'services.loadbalancers': 'Each of them costs money.',
      },
    ),
  },
})

/** What containers get that say nothing, and the most that one may ask for. */
export interface Limits {
  cpu: string
  memory: string
  maxCpu: string
  maxMemory: string
}

export const limitRange = (metadata: ObjectMeta, { cpu, memory, maxCpu, maxMemory }: Limits): KubeObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata,
  spec: {
    limits: [
      why(
        {
          type: 'Container',
          defaultRequest: { cpu, memory },
          default: { cpu: maxCpu, memory },
          max: { cpu: maxCpu, memory: maxMemory },
        },
        {
          defaultRequest: 'For containers that say nothing.',
          default: 'A limit of memory as high as the request: what needs more has to say so.',
        },
      ),
    ],
  },
})

/** What is wrong with limits that are all right one by one. */
export function limitFault({ cpu, memory, maxCpu, maxMemory }: Limits): string | undefined {
  if (more(cpu, maxCpu)) return 'cpu must not be more than maxCpu'
  return more(memory, maxMemory) ? 'memory must not be more than maxMemory' : undefined
}

const more = (one: string, other: string) => (quantity(one) ?? 0) > (quantity(other) ?? 0)
