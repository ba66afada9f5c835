import Type from 'typebox'
import { Closed, OneOf, Where } from '../../schema.ts'
import { NodeUsage } from '../../services/top.ts'
import { defineRead } from '../define.ts'
import { ContextName, LabelSelector, Limit } from '../schemas.ts'
import { listText } from '../text.ts'

export const topNodes = defineRead({
  name: 'infra.k8s.nodes.topNodes',
  title: 'Node usage',
  description: 'CPU and memory that nodes use now, from the metrics API.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    labelSelector: Type.Optional(LabelSelector),
    sortBy: Type.Optional(OneOf(['name', 'cpu', 'memory'], 'Order; cpu and memory: most first.', { default: 'name' })),
    limit: Type.Optional(Limit),
  }),
  output: Closed({
    ...Where,
    items: Type.Array(NodeUsage),
    remaining: Type.Optional(Type.Integer({ description: 'How many more there are; raise limit to see them.' })),
  }),
  handle: (input, { usage }) => usage.nodes(input),
  text: (answer) => listText('nodes', answer, ['name', 'cpu', 'cpuPercent', 'memory', 'memoryPercent']),
})
