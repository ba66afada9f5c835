import Type from 'typebox'
import { Closed, ListOf, OneOf } from '../../schema.ts'
import { EventRow } from '../../services/events.ts'
import { defineRead } from '../define.ts'
import { Kind, listInput, Name } from '../schemas.ts'
import { listText } from '../text.ts'

export const listEvents = defineRead({
  name: 'infra.k8s.cluster.listEvents',
  title: 'List events',
  description: 'Events, newest first.',
  input: Type.Object({
    ...listInput,
    kind: Type.Optional(Kind),
    name: Type.Optional(Name),
    type: Type.Optional(OneOf(['Normal', 'Warning'], 'Type.')),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Such as FailedScheduling.' })),
  }),
  output: Closed({
    ...ListOf(EventRow).properties,
    truncated: Type.Optional(Type.String({ description: 'Said where there were too many events to read them all.' })),
  }),
  handle: (input, { events }) => events.list(input),
  text: ({ truncated, ...answer }) => {
    const rows = listText('events', answer, ['lastSeen', 'type', 'reason', 'namespace', 'object', 'count', 'message'])
    return truncated === undefined ? rows : `${truncated}\n${rows}`
  },
})
