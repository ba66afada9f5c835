import Type, { type Static } from 'typebox'
import { Closed, OneOf } from '../../schema.ts'

/** Seconds a request waits unless a rule or its asker says otherwise, and the most that it may wait. */
export const USUAL_TTL = 60 * 60
export const LONGEST_TTL = 24 * 60 * 60

const Pattern = Type.String({ minLength: 1, maxLength: 253 })
const Patterns = (description: string) =>
  Type.Union([Pattern, Type.Array(Pattern, { minItems: 1, maxItems: 100 })], { description })
const RISKS = ['low', 'medium', 'high', 'critical'] as const
const KINDS = ['agent', 'person', 'service'] as const
const Words = <const W extends readonly string[]>(words: W, description: string) =>
  Type.Union([OneOf(words, description), Type.Array(OneOf(words, description), { minItems: 1 })], { description })

const Match = Closed({
  operation: Type.Optional(
    Patterns('Operations (infra.k8s.deployments.scaleDeployment); * stands for any characters.'),
  ),
  context: Type.Optional(Patterns('Contexts; * stands for any characters.')),
  namespace: Type.Optional(Patterns('Namespaces; * stands for any characters. Objects without one never match.')),
  kind: Type.Optional(Patterns('Kinds of the objects (Deployment).')),
  labels: Type.Optional(
    Type.Record(Type.String(), Pattern, { description: 'Labels of the objects; * stands for any characters.' }),
  ),
  principal: Type.Optional(
    Closed({
      kind: Type.Optional(Words(KINDS, 'Kind of the credential.')),
      subject: Type.Optional(Patterns('Subject of the credential.')),
    }),
  ),
  risk: Type.Optional(Words(RISKS, 'Risk of the plan.')),
})

const Require = Closed({
  approvers: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, description: 'Distinct people who must approve.' })),
  groups: Type.Optional(
    Type.Array(Pattern, { minItems: 1, maxItems: 20, description: 'Groups, of which each approver must have one.' }),
  ),
  ttl: Type.Optional(
    Type.Integer({ minimum: 60, maximum: LONGEST_TTL, description: 'Seconds that the request may wait.' }),
  ),
  self: Type.Optional(Type.Boolean({ description: 'Whether the person who asked may confirm, by a second act.' })),
})

/** One rule: what it matches, and exactly one of deny, require, auto. */
export const Rule = Closed({
  name: Type.String({ minLength: 1, maxLength: 100, description: 'Said in answers and the audit.' }),
  match: Type.Optional(Match),
  deny: Type.Optional(Type.Union([Type.Literal(true), Type.String({ minLength: 1, maxLength: 500 })])),
  require: Type.Optional(Require),
  auto: Type.Optional(Type.Literal(true)),
})
export type Rule = Static<typeof Rule>

/** The policy file. */
export const PolicyFile = Closed({ rules: Type.Array(Rule, { maxItems: 500 }) })
export type PolicyFile = Static<typeof PolicyFile>

/** What holds without a file: no rule, so one approver for everything. */
export const NO_RULES: PolicyFile = { rules: [] }
