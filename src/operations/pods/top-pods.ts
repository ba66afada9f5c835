import Type from 'typebox'
import { Closed, OneOf, Where } from '../../schema.ts'
import { PodUsage } from '../../services/top.ts'
import { defineRead } from '../define.ts'
import { AllNamespaces, ContextName, LabelSelector, Limit, Namespace } from '../schemas.ts'
import { listText } from '../text.ts'

export const topPods = defineRead({
  name: 'infra.k8s.pods.topPods',
  title: 'Pod usage',
  description: 'CPU and memory that pods use now, from the metrics API.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Type.Optional(Namespace),
    allNamespaces: Type.Optional(AllNamespaces),
    labelSelector: Type.Optional(LabelSelector),
    sortBy: Type.Optional(OneOf(['name', 'cpu', 'memory'], 'Order; cpu and memory: most first.', { default: 'name' })),
    limit: Type.Optional(Limit),
  }),
  output: Closed({
    ...Where,
    items: Type.Array(PodUsage),
    remaining: Type.Optional(Type.Integer({ description: 'How many more there are; raise limit to see them.' })),
  }),
  handle: (input, { usage }) => usage.pods(input),
  text: (answer) => listText('pods', answer, ['namespace', 'name', 'cpu', 'memory']),
})
