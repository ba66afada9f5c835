import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { problems } from '../../errors.ts'
import { ObjectName } from './finding.ts'
import type { Snapshot } from './snapshot.ts'

const Texts = Type.Array(Type.String())
const InCluster = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  metadata: Type.Object({ name: Type.String() }),
})

/** What must be so of a file for rules to read it; objects may be of any shape, as those of a cluster may. */
const Saved = Type.Object({
  version: Type.Literal(1),
  context: Type.String(),
  scope: Type.Union([
    Type.Object({ of: Type.Literal('cluster') }),
    Type.Object({ of: Type.Literal('namespace'), namespace: Type.String() }),
    Type.Object({
      of: Type.Literal('release'),
      namespace: Type.String(),
      name: Type.String(),
      objects: Type.Array(ObjectName),
    }),
    Type.Object({ of: Type.Literal('object'), object: ObjectName }),
  ]),
  takenAt: Type.String(),
  objects: Type.Record(Type.String(), Type.Array(InCluster)),
  partial: Texts,
  certificates: Type.Array(
    Type.Object({
      namespace: Type.String(),
      secret: Type.String(),
      notBefore: Type.String(),
      notAfter: Type.String(),
      names: Texts,
    }),
  ),
  tails: Type.Array(
    Type.Object({
      namespace: Type.String(),
      pod: Type.String(),
      container: Type.String(),
      previous: Type.Boolean(),
      lines: Texts,
    }),
  ),
  usage: Type.Array(
    Type.Object({
      namespace: Type.String(),
      pod: Type.String(),
      container: Type.String(),
      memory: Type.Number(),
      cpu: Type.Number(),
    }),
  ),
  gaps: Type.Array(Type.Object({ what: Type.String(), why: Type.String() })),
})

/** A snapshot from its JSON text. Throws `bad_input` where the text is something else. */
export function readSaved(text: string): Snapshot {
  const value = parsed(text)
  const check = Compile(Saved)
  if (!check.Check(value) || Number.isNaN(Date.parse(value.takenAt))) {
    const [fault] = check.Errors(value)
    throw notOurs(fault === undefined ? 'takenAt is no time' : `${fault.instancePath || 'it'} ${fault.message}`)
  }
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notOurs('it is not JSON')
  }
}

const notOurs = (why: string) =>
  problems.badInput(
    `The file is no snapshot of this version of k8s-mcp: ${why}.`,
    'Make one with k8s-mcp diagnose --save FILE.',
  )
