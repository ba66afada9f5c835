import Type from 'typebox'
import { ListOf } from '../../schema.ts'
import { PodRow } from '../../services/pods.ts'
import { defineRead } from '../define.ts'
import { FieldSelector, listInput } from '../schemas.ts'
import { listText } from '../text.ts'

export const listPods = defineRead({
  name: 'infra.k8s.pods.listPods',
  title: 'List pods',
  description: 'Pods as kubectl get pods -o wide. ready=false: only those that need a look.',
  input: Type.Object({
    ...listInput,
    fieldSelector: Type.Optional(FieldSelector),
    ready: Type.Optional(Type.Boolean({ description: 'false: neither ready nor completed.' })),
  }),
  output: ListOf(PodRow),
  handle: (input, { pods }) => pods.list(input),
  text: (answer) =>
    listText('pods', answer, ['namespace', 'name', 'ready', 'status', 'restarts', 'lastRestart', 'age', 'node']),
})
