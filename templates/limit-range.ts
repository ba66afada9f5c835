import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { limitFault, limitRange } from '../src/services/templates/parts/space.ts'
import { Cpu, Memory, Name, Namespace, PartOf } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'limit-range',
  title: 'Defaults and bounds for containers',
  description: 'Requests and limits for containers that have none, and the most that one container may have.',
  kinds: ['LimitRange'],
  tags: ['limits', 'requests', 'defaults', 'OOMKilled', 'quota'],
  parameters: Type.Object({
    name: Name('limits'),
    namespace: Namespace,
    partOf: PartOf,
    cpu: Cpu('50m', 'CPU that is requested where nothing is said.'),
    memory: Memory('128Mi', 'Memory that is requested, and the limit, where nothing is said.'),
    maxCpu: Cpu('2', 'Most CPU of a container, and its limit where nothing is said.'),
    maxMemory: Memory('2Gi', 'Most memory of a container.'),
  }),
  check: limitFault,
  objects: (values) => [limitRange(metadata(values), values)],
})
