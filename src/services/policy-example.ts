import Type, { type Static } from 'typebox'
import { Closed, OneOf } from '../schema.ts'
import type { Asked, Policy } from './approvals/policy.ts'
import type { Risk } from './changes/plan.ts'

const RISKS = ['low', 'medium', 'high', 'critical'] as const satisfies readonly Risk[]
const KINDS = ['agent', 'person', 'service'] as const
const word = (most = 253) => Type.String({ minLength: 1, maxLength: most })

const MostText = 1024 * 1024

/** A request as an example, to see what a policy says of it. */
export const Example = Closed({
  policy: Type.Optional(Closed({ name: word(4096), text: Type.String({ maxLength: MostText }) })),
  operation: word(),
  context: word(),
  principal: Closed({ kind: OneOf(KINDS, 'Kind of the credential.'), subject: word() }),
  risk: OneOf(RISKS, 'Risk of the plan.'),
  target: Closed({
    kind: word(),
    name: word(),
    namespace: Type.Optional(word()),
    labels: Type.Record(Type.String(), Type.String()),
  }),
  /** Whether the pods that go come back: their owner makes others. */
  podsComeBack: Type.Boolean(),
  /** Of a node: whether it is cordoned, or uncordoned. */
  cordon: Type.Boolean(),
})
export type Example = Static<typeof Example>

/** What a policy says of an example. */
export const Judged = Closed({
  decision: OneOf(['deny', 'require', 'auto'], 'What becomes of it.'),
  rule: Type.String(),
  text: Type.Optional(Type.String()),
  approvers: Type.Integer(),
  groups: Type.Array(Type.Array(Type.String())),
  ttl: Type.Optional(Type.Integer()),
  self: Type.Boolean(),
  version: Type.String(),
  /** Why no rule could let it through without a person. */
  neverAuto: Type.Optional(Type.String()),
})
export type Judged = Static<typeof Judged>

/** Judges an example as it would be judged if somebody asked for it. */
export function example(policy: Policy, asked: Omit<Example, 'policy'>): Judged {
  const whole = askedOf(asked)
  const { groups, ...verdict } = policy.judge(whole)
  const neverAuto = policy.whyNotAuto(whole)
  return {
    ...verdict,
    groups: groups.map((any) => [...any]),
    version: policy.version,
    ...(neverAuto === undefined ? {} : { neverAuto }),
  }
}

function askedOf({
  operation,
  context,
  principal,
  risk,
  target,
  podsComeBack,
  cordon,
}: Omit<Example, 'policy'>): Asked {
  const pods = podsComeBack ? 1 : 0
  const blast = { podsGone: 1, podsBack: pods, budgets: [], servicesWithoutEndpoints: [], cascade: {} }
  const targets = [{ context, apiVersion: '', hash: '', ...target }]
  const plan = { summary: '', targets, diff: [], warnings: [], blast, risk, riskReasons: [], notes: [], steps: {} }
  return { operation, context, principal, input: { cordon }, plan }
}
