import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { labels } from '../src/services/templates/parts/meta.ts'
import { Choice, Count, Name, Text } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'priorityclass',
  title: 'Priority of Pods',
  description: 'Which Pods go first where there is no room for all.',
  kinds: ['PriorityClass'],
  tags: ['scheduling', 'preemption', 'priority', 'Pending'],
  parameters: Type.Object({
    name: Name('important'),
    value: Count(
      100_000,
      -1_000_000_000,
      1_000_000_000,
      'The higher, the more important; Pods without a class have 0.',
    ),
    preemption: Choice(
      ['PreemptLowerPriority', 'Never'],
      'Never',
      'Whether other Pods are ended to make room, or it only stands first in the queue.',
    ),
    description: Text(500, 'For whom it is.', { default: 'For what people wait for.' }),
  }),
  objects: (values) => [
    why(
      {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: values.name, labels: labels(values) },
        value: values.value,
        preemptionPolicy: values.preemption,
        globalDefault: false,
        description: values.description,
      },
      {
        value: 'Can never be changed.',
        globalDefault: 'A default would lift every Pod that names no class.',
      },
    ),
  ],
})
