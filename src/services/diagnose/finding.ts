import Type, { type Static } from 'typebox'
import { Closed, OneOf } from '../../schema.ts'

/** The object that something is about. `namespace` is absent for what is in none. */
export const ObjectName = Closed({
  kind: Type.String({ description: 'Kind, with the group where it has one: Pod, Deployment.apps.' }),
  namespace: Type.Optional(Type.String({ description: 'Namespace; absent where the kind has none.' })),
  name: Type.String({ description: 'Name.' }),
})
export type ObjectName = Static<typeof ObjectName>

/** How urgent a finding is, worst first. critical: something does not work now; warning: it works in part, or soon will not; info: good to know. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const
export const Severity = OneOf(SEVERITIES, 'critical: does not work now; warning: in part, or soon not; info.')
export type Severity = Static<typeof Severity>

/** One fact that a finding rests on, and where it stands. */
export const Proof = Closed({
  object: ObjectName,
  /** What kind of fact it is. */
  from: OneOf(['field', 'event', 'log', 'metric'], 'What kind of fact it is.'),
  path: Type.Optional(Type.String({ description: 'Field path, reason of an event, container of a log.' })),
  text: Type.String({ description: 'The fact as it stands there.' }),
  count: Type.Optional(Type.Integer({ description: 'How often an event was seen.' })),
  at: Type.Optional(Type.String({ description: 'When, RFC 3339.' })),
})
export type Proof = Static<typeof Proof>

/** What to do. `operation` with `arguments` is ready to call; a change still waits for approval. */
export const NextStep = Closed({
  text: Type.String({ description: 'What to do.' }),
  operation: Type.Optional(Type.String({ description: 'Operation that does it.' })),
  arguments: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: 'Its arguments, ready to call.' }),
  ),
})
export type NextStep = Static<typeof NextStep>

/** Something that is wrong, joined from facts: the cause, not the symptom. */
export const Finding = Closed({
  /** Stable, of the catalogue: the id of its trouble page. */
  id: Type.String({ description: 'What kind of trouble; id of the page about it.' }),
  severity: Severity,
  object: ObjectName,
  cause: Type.String({ description: 'One sentence with the names and numbers that matter.' }),
  evidence: Type.Array(Proof, { description: 'The facts it rests on.' }),
  since: Type.Optional(Type.String({ description: 'Since when, RFC 3339.' })),
  next: Type.Array(NextStep, { description: 'What to do.' }),
  page: Type.String({ description: 'Path of the page about it: /docs/troubleshooting/<id>.' }),
  pods: Type.Optional(
    Type.Integer({ description: 'How many pods of the object it is about, where there are several.' }),
  ),
  explains: Type.Optional(
    Type.Array(ObjectName, { description: 'Objects with findings of their own that are this one seen from there.' }),
  ),
})
export type Finding = Static<typeof Finding>
