import type { KubeObject, ObjectMeta } from '../../../kubernetes/types.ts'
import { why } from '../why.ts'

const policy = (meta: ObjectMeta, spec: object): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: meta,
  spec,
})

/** Nothing in, nothing out, for every Pod of the namespace. */
export const denyAll = (meta: ObjectMeta, directions: readonly string[] = ['Ingress', 'Egress']): KubeObject =>
  policy(
    meta,
    why(
      { podSelector: {}, policyTypes: directions },
      { podSelector: 'Every Pod. Policies only add up: others allow what is needed.' },
    ),
  )

/** Names can be resolved. */
export const allowDns = (meta: ObjectMeta): KubeObject =>
  policy(meta, {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: [why(dnsServers(), { podSelector: 'In one entry with the namespace: both must fit.' })],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
    ],
  })

const dnsServers = () => ({
  namespaceSelector: { matchLabels: { [NAME]: 'kube-system' } },
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
})

/** Who may connect, to which Pods, to which port (0 stands for each). */
export interface Allowed {
  to: Record<string, string>
  from: object
  port: number
}

export const allowFrom = (meta: ObjectMeta, { to, from, port }: Allowed): KubeObject =>
  policy(meta, {
    podSelector: Object.keys(to).length === 0 ? {} : { matchLabels: to },
    policyTypes: ['Ingress'],
    ingress: [{ from: [from], ...(port === 0 ? {} : { ports: [{ protocol: 'TCP', port }] }) }],
  })

/** Every Pod of a namespace, by the label that Kubernetes itself gives each. */
export const podsOfNamespace = (name: string): object => ({
  namespaceSelector: {
    matchLabels: why({ [NAME]: name }, { [NAME]: 'Kubernetes itself gives each namespace this label.' }),
  },
})

const NAME = 'kubernetes.io/metadata.name'

/** Pods of the same namespace may talk to each other. */
export const allowWithin = (meta: ObjectMeta): KubeObject =>
  policy(meta, {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: {} }] }],
    egress: [{ to: [{ podSelector: {} }] }],
  })
