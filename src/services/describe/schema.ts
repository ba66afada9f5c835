import Type, { type Static } from 'typebox'
import { Closed } from '../../schema.ts'
import { Finding } from '../diagnose/finding.ts'

/** Events that tell the same, as one. */
export const MergedEvent = Closed({
  type: Type.String({ description: 'Normal or Warning.' }),
  reason: Type.String({ description: 'Reason, e.g. FailedScheduling.' }),
  object: Type.String({ description: 'What it is about, e.g. Pod/web-1.' }),
  message: Type.String({ description: 'The newest message.' }),
  count: Type.Integer({ description: 'How often it happened.' }),
  age: Type.String({ description: 'Time since it last happened.' }),
  over: Type.Optional(Type.String({ description: 'Time since it first happened, where it happened more than once.' })),
  first: Type.Optional(Type.String({ description: 'Time of the first, where it is another.' })),
  last: Type.Optional(Type.String({ description: 'Time of the last, where known.' })),
})
export type MergedEvent = Static<typeof MergedEvent>

/** A titled part of a description: lines, a table, or both. */
export const Section = Closed({
  title: Type.String({ description: 'Title, e.g. Container app.' }),
  lines: Type.Array(Type.String(), { description: 'Lines "Label: value"; deeper ones are indented.' }),
  table: Type.Optional(
    Closed({
      columns: Type.Array(Type.String(), { description: 'Column names.' }),
      rows: Type.Array(Type.Array(Type.String()), { description: 'Cells, in the order of the columns.' }),
    }),
  ),
  more: Type.Optional(Type.Integer({ description: 'How many lines and rows were cut here.' })),
})
export type Section = Static<typeof Section>

/** What describeResource says about one object, whatever its kind. */
export const Description = Closed({
  apiVersion: Type.String({ description: 'API version.' }),
  kind: Type.String({ description: 'Kind.' }),
  namespace: Type.Optional(Type.String({ description: 'Namespace; absent where the kind has none.' })),
  name: Type.String({ description: 'Name.' }),
  verdict: Type.Optional(
    Type.String({ description: 'What is wrong, in one line; absent: nothing is known to be wrong.' }),
  ),
  findings: Type.Array(Finding, { description: 'What is wrong, worst first, as diagnose tells it.' }),
  status: Type.String({ description: 'State in one line.' }),
  age: Type.String({ description: 'Time since creation.' }),
  owners: Type.Array(Type.String(), { description: 'Owners, nearest first, e.g. ReplicaSet/web-5d9.' }),
  sections: Type.Array(Section, {
    description: 'Conditions, what the kind has to say, what it owns, what is related.',
  }),
  events: Type.Array(MergedEvent, { description: 'Events of the object and of what it owns, newest first, merged.' }),
  limits: Type.Array(Type.String(), { description: 'What could not be read, and why.' }),
  truncated: Type.Optional(Type.String({ description: 'What was cut to keep to maxBytes.' })),
})
export type Description = Static<typeof Description>
