import Type from 'typebox'
import type { Scope } from '../../call.ts'
import type { Plan } from '../changes/plan.ts'
import type { ClusterIdentity, ExecutingIdentity } from './types.ts'

// What comes back from the store is checked like any other input. The objects are open: a field that a later version adds to a plan
// is kept, shown and hashed.
const text = Type.String()

const StoredPlan = Type.Unsafe<Plan<unknown>>(
  Type.Object({
    summary: text,
    targets: Type.Array(Type.Object({ context: text, apiVersion: text, kind: text, name: text })),
    diff: Type.Array(
      Type.Object({ target: text, action: text, changes: Type.Array(Type.Object({ path: text, op: text })) }),
    ),
    warnings: Type.Array(Type.Object({ code: text, risk: text, text })),
    blast: Type.Object({
      podsGone: Type.Number(),
      podsBack: Type.Number(),
      budgets: Type.Array(Type.Object({ name: text, disruptionsAllowed: Type.Number() })),
      servicesWithoutEndpoints: Type.Array(text),
      cascade: Type.Record(text, Type.Number()),
    }),
    risk: text,
    riskReasons: Type.Array(text),
    undo: Type.Optional(
      Type.Object({ operation: text, input: Type.Record(text, Type.Unknown()), loses: Type.Array(text) }),
    ),
    notes: Type.Array(text),
    steps: Type.Unknown(),
  }),
)

export const Request = Type.Object({
  input: Type.Unknown(),
  scope: Type.Unsafe<Scope>(Type.Object({})),
  plan: StoredPlan,
  cluster: Type.Unsafe<ClusterIdentity>(Type.Object({ server: text })),
  identity: Type.Unsafe<ExecutingIdentity>(Type.Object({ username: text })),
})

export const Ending = Type.Object({
  output: Type.Optional(Type.Unknown()),
  differs: Type.Optional(Type.Array(text)),
})
