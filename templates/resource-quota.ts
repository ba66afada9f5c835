import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { quota } from '../src/services/templates/parts/space.ts'
import { Count, Cpu, Memory, Name, Namespace, PartOf, Storage } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'resource-quota',
  title: 'Quota of a namespace',
  description: 'The most that all of a namespace may use together. With it belongs a LimitRange.',
  kinds: ['ResourceQuota'],
  tags: ['limits', 'capacity', 'exceeded quota', 'multi-tenancy'],
  parameters: Type.Object({
    name: Name('quota'),
    namespace: Namespace,
    partOf: PartOf,
    cpu: Cpu('10', 'CPU that may be requested.'),
    memory: Memory('20Gi', 'Memory that may be requested, and used.'),
    storage: Storage('200Gi', 'Storage that may be claimed.'),
    pods: Count(50, 0, 100_000, 'Pods.'),
    loadBalancers: Count(0, 0, 1000, 'Services of type LoadBalancer.'),
  }),
  objects: (values) => [quota(metadata(values), values)],
})
