import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { denyAll } from '../src/services/templates/parts/network.ts'
import { Choice, Name, Namespace, PartOf } from '../src/services/templates/schemas.ts'

const DIRECTIONS = { both: ['Ingress', 'Egress'], ingress: ['Ingress'], egress: ['Egress'] } as const

export default defineTemplate({
  name: 'network-policy-deny-all',
  title: 'Network policy that denies all',
  description: 'No traffic for any Pod of the namespace but what other policies allow: DNS too is then closed.',
  kinds: ['NetworkPolicy'],
  tags: ['network', 'isolation', 'default deny', 'security'],
  parameters: Type.Object({
    name: Name('deny-all'),
    namespace: Namespace,
    partOf: PartOf,
    direction: Choice(['both', 'ingress', 'egress'], 'both', 'Which traffic is closed.'),
  }),
  objects: (values) => [denyAll(metadata(values), DIRECTIONS[values.direction])],
})
