// Compile-time expectations of the route table and the definitions: tsc fails where a line below compiles that must not.
import Type from 'typebox'
import { routes } from '../src/http/page.ts'
import { defineChange, defineDecision, defineRead } from '../src/operations/define.ts'
import type { Done, Evidence } from '../src/services/changes/plan.ts'
import { planOf } from './support/plan.ts'

const about = {
  name: 'infra.k8s.x.y',
  title: '',
  description: '',
  input: Type.Object({ n: Type.Optional(Type.Integer({ default: 5 })), id: Type.String() }),
  output: Type.Object({ m: Type.Integer() }),
} as const
const plan = planOf({})
const effect = { destructive: true, idempotent: true }
const otherSteps = async () => ({ ...plan, steps: { a: 'x' } })
const steps = Type.Object({ a: Type.Integer() })
const done = async (m: number): Promise<Done<{ m: number }>> => ({ outcome: 'succeeded', output: { m } })
const evidence = async (): Promise<Evidence> => ({ outcome: 'unknown', text: '' })

const read = defineRead({
  ...about,
  yamlBody: 'id',
  handle: async ({ n }) => ({ m: n ?? 0 }),
  text: ({ m }) => String(m),
})
const whole = { ...about, effect, changes: 'cluster', steps, evidence } as const
const oneStep = async () => ({ ...plan, steps: { a: 1 } })
const change = defineChange({
  ...whole,
  plan: async ({ n }) => ({ ...plan, steps: { a: n ?? 1 } }),
  execute: async ({ a }) => done(a),
})
const decision = defineDecision({
  ...about,
  doors: ['rest'],
  by: 'person',
  handle: async () => ({ m: 1 }),
  text: () => '',
})

export const taken = [
  routes('t', { 'GET /x': read, 'GET /x/:id': read, 'POST /x/:id/:n/diff': read }),
  routes('t', { 'POST /x/:id': change, 'PUT /x/:id': change, 'PATCH /x/:id': change, 'DELETE /x/:id': change }),
  routes('t', { 'POST /x/:id/approve': decision }),
]

export const refused = [
  // @ts-expect-error GET with a change
  routes('t', { 'GET /x/:id': change }),
  // @ts-expect-error GET with a decision
  routes('t', { 'GET /x/:id': decision }),
  // @ts-expect-error a path parameter that the input does not have
  routes('t', { 'GET /x/:ids': read }),
  // @ts-expect-error the same in the middle of a path
  routes('t', { 'POST /x/:ids/:n': change }),
  // @ts-expect-error a method that does not exist
  routes('t', { 'GTE /x': read }),
  // @ts-expect-error HEAD comes with GET by itself
  routes('t', { 'HEAD /x': read }),
  // @ts-expect-error no slash
  routes('t', { 'GET x': read }),
  // @ts-expect-error no method
  routes('t', { '/x': read }),
]

export const definitions = [
  // @ts-expect-error a default does not make the type required: Static<> of Optional stays `number | undefined`
  defineRead({ ...about, handle: async ({ n }) => ({ m: n }), text: () => '' }),
  // @ts-expect-error an output of another shape
  defineRead({ ...about, handle: async () => ({ m: 'x' }), text: () => '' }),
  // @ts-expect-error a service that does not exist
  defineRead({ ...about, handle: async (_input, { podz }) => ({ m: podz }), text: () => '' }),
  // @ts-expect-error no text for a model
  defineRead({ ...about, handle: async () => ({ m: 1 }) }),
  // @ts-expect-error a YAML body for a field that does not exist
  defineRead({ ...about, yamlBody: 'body', handle: async () => ({ m: 1 }), text: () => '' }),
  // @ts-expect-error a change without its effect
  defineChange({ ...about, changes: 'cluster', steps, evidence, plan: oneStep, execute: async () => done(1) }),
  // @ts-expect-error a change that cannot say what became of it
  defineChange({ ...about, effect, changes: 'cluster', steps, plan: oneStep, execute: async () => done(1) }),
  // @ts-expect-error steps of another shape than declared
  defineChange({ ...whole, plan: otherSteps, execute: async ({ a }) => done(a) }),
  // @ts-expect-error an answer of another shape than declared
  defineChange({ ...whole, plan: oneStep, execute: async () => ({ outcome: 'succeeded', output: { x: 1 } }) }),
  // @ts-expect-error a decision that names no doors
  defineDecision({ ...about, by: 'person', handle: async () => ({ m: 1 }), text: () => '' }),
]
