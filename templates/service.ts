import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata, present, selector } from '../src/services/templates/parts/meta.ts'
import { Choice, Count, HostName, Name, Namespace, PartOf } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'service',
  title: 'Service',
  description: 'A stable name and address for Pods, of each type; ExternalName stands for a host outside the cluster.',
  kinds: ['Service'],
  tags: ['network', 'ClusterIP', 'NodePort', 'LoadBalancer', 'headless', 'ExternalName', 'dns'],
  parameters: Type.Object({
    name: Name('web'),
    namespace: Namespace,
    partOf: PartOf,
    type: Choice(
      ['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName'],
      'ClusterIP',
      'From where it is reached: ClusterIP and Headless inside the cluster, NodePort and LoadBalancer outside as well.',
    ),
    port: Count(80, 1, 65_535, 'Port that it is reached at.'),
    targetPort: Count(8080, 1, 65_535, 'Port that the Pods listen on.'),
    nodePort: Type.Optional(
      Type.Integer({ minimum: 30_000, maximum: 32_767, description: 'Port of every node. Left out: one is chosen.' }),
    ),
    externalName: HostName('Host that ExternalName stands for.', 'api.example.com'),
  }),
  check: ({ type, nodePort }) =>
    nodePort === undefined || type === 'NodePort' || type === 'LoadBalancer'
      ? undefined
      : 'nodePort is only for the types NodePort and LoadBalancer',
  objects: (values) => [
    { apiVersion: 'v1', kind: 'Service', metadata: metadata(values, 'server'), spec: SPECS[values.type](values) },
  ],
})

interface Values {
  name: string
  port: number
  targetPort: number
  nodePort?: number
  externalName: string
}

const reached = (values: Values) => ({
  selector: why(selector(values), { 'app.kubernetes.io/name': 'Pods that have all of these labels, and are ready.' }),
  ports: [
    { name: 'main', port: values.port, targetPort: values.targetPort, ...present({ nodePort: values.nodePort }) },
  ],
})

const SPECS = {
  ClusterIP: (values: Values) => ({ type: 'ClusterIP', ...reached(values) }),
  Headless: (values: Values) =>
    why({ clusterIP: 'None', ...reached(values) }, { clusterIP: 'Its name stands for the addresses of the Pods.' }),
  NodePort: (values: Values) => ({ type: 'NodePort', ...reached(values) }),
  LoadBalancer: (values: Values) =>
    why(
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ...reached(values) },
      { externalTrafficPolicy: 'Keeps the address of the client, and only asks nodes that have a Pod.' },
    ),
  ExternalName: ({ externalName }: Values) =>
    why({ type: 'ExternalName', externalName }, { externalName: 'An alias in DNS: nothing is forwarded or checked.' }),
} as const
