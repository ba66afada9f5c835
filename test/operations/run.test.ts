import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { type Call, type Door, LOCAL, type Role, ROLES } from '../../src/call.ts'
import { Problem } from '../../src/errors.ts'
import { defineChange, defineDecision, defineRead } from '../../src/operations/define.ts'
import { makeRunner, type Outcome, type RunOptions } from '../../src/operations/run.ts'
import { Closed } from '../../src/schema.ts'
import { Services } from '../../src/services/index.ts'
import { planOf, waiting } from '../support/plan.ts'
import { startServer } from '../support/server.ts'

const about = {
  title: 'Echo',
  description: 'Says what it was given.',
  input: Type.Object({ count: Type.Optional(Type.Integer({ default: 5, description: 'Count.' })) }),
  output: Closed({ count: Type.Integer(), note: Type.Optional(Type.String()) }),
}
const leaky = () => Object.assign({ count: 1 }, { secret: 'not declared' })
const echo = defineRead({
  ...about,
  name: 'infra.k8s.test.echo',
  handle: async ({ count }) => ({ count: count ?? 0 }),
  text: String,
})
const leak = defineRead({ ...about, name: 'infra.k8s.test.leak', handle: async () => leaky(), text: String })
const broken = defineRead({
  ...about,
  name: 'infra.k8s.test.broken',
  handle: () => Promise.reject(new Error('password=hunter2 in /etc/private')),
  text: String,
})
const change = defineChange({
  ...about,
  name: 'infra.k8s.test.change',
  effect: { destructive: true, idempotent: true },
  steps: Type.Object({}),
  changes: 'cluster',
  plan: async () => planOf({}),
  execute: async () => ({ outcome: 'succeeded', output: { count: 1 } }),
  evidence: async () => ({ outcome: 'unknown', text: '' }),
})
const decision = defineDecision({
  ...about,
  name: 'infra.k8s.approvals.decide',
  doors: ['rest'],
  by: 'person',
  handle: async () => ({ count: 1 }),
  text: String,
})

const callBy = (door: Door, kind: Call['principal']['kind'] = 'agent'): Call => ({
  door,
  ...LOCAL,
  principal: { ...LOCAL.principal, kind },
  correlationId: 'c-1',
  signal: new AbortController().signal,
  progress: () => undefined,
  wantsProgress: false,
  requests: [],
})

const gate: RunOptions['gate'] = { request: async (operation) => waiting(operation.name) }

type Answers = (
  operation: Parameters<ReturnType<typeof makeRunner>['answer']>[0],
  raw: unknown,
  call?: Call,
) => Promise<unknown>

async function runnerOf(
  t: Parameters<typeof startServer>[0],
  options: Partial<RunOptions> = {},
): Promise<{ answer: Answers; outcomes: Outcome[]; refusals: unknown[] }> {
  const { application } = await startServer(t, { KUBECONFIG: '/nonexistent' })
  const outcomes: Outcome[] = []
  const refusals: unknown[] = []
  const runner = makeRunner({
    servicesFor: (call, context) => new Services(application.core.shared, call, context),
    gate,
    readOnly: false,
    groups: undefined,
    finished: (outcome) => outcomes.push(outcome),
    refused: (...refusal) => refusals.push(refusal),
    find: () => undefined,
    ...options,
  })
  return {
    outcomes,
    refusals,
    answer: async (operation, raw, call = callBy('rest')) => (await runner.answer(operation, raw, call)).output,
  }
}

const refused = (code: string) => (error: unknown) => error instanceof Problem && error.code === code

test('defaults are filled in for every door, and the value of the caller is left as it was', async (t) => {
  const { answer } = await runnerOf(t)
  const given = {}
  for (const door of ['rest', 'mcp', 'stdio'] as const)
    assert.deepEqual(await answer(echo, given, callBy(door)), { count: 5 })
  assert.deepEqual(given, {})
})

test('a field that is not declared leaves by no door', async (t) => {
  const { answer } = await runnerOf(t)
  for (const door of ['rest', 'mcp', 'stdio'] as const)
    assert.deepEqual(await answer(leak, {}, callBy(door)), { count: 1 })
})

test('a fault of ours is told by its correlation id and nothing else, and logged with its cause', async (t) => {
  const { answer, outcomes } = await runnerOf(t)
  await assert.rejects(
    answer(broken, {}),
    (error) => refused('internal')(error) && !/hunter2|private/.test(String(error)),
  )
  assert.match(String(outcomes[0]?.cause), /in \/etc\/private/)
})

test('a change is asked for, and does nothing by itself', async (t) => {
  const { answer } = await runnerOf(t)
  assert.deepEqual(await answer(change, {}), waiting(change.name))
})

test('each role may do what those before it may, and nothing more; public reads need none', async (t) => {
  const { answer, refusals } = await runnerOf(t)
  const role = (each: Role) => ({ ...callBy('rest', 'person'), grant: { ...LOCAL.grant, role: each } })
  const takes = async (operation: Parameters<Answers>[0], each: Role) =>
    answer(operation, {}, role(each)).then(
      () => 'taken',
      (error: unknown) => (error instanceof Problem ? error.code : error),
    )
  const table = async (operation: Parameters<Answers>[0]) => Promise.all(ROLES.map((each) => takes(operation, each)))
  const [no, low] = ['unauthenticated', 'role_needed']
  assert.deepEqual(await table({ ...echo, public: true }), ['taken', 'taken', 'taken', 'taken', 'taken'])
  assert.deepEqual(await table(echo), [no, 'taken', 'taken', 'taken', 'taken'])
  assert.deepEqual(await table(change), [no, low, 'taken', 'taken', 'taken'])
  assert.deepEqual(await table(decision), [no, low, low, 'taken', 'taken'])
  // Whoever asked for what it may not have is written down, but for reads.
  assert.equal(refusals.length, 2 + 3)
})

test('READ_ONLY refuses a change by every door, and reads go on', async (t) => {
  const { answer } = await runnerOf(t, { readOnly: true, gate })
  for (const door of ['rest', 'mcp', 'stdio'] as const)
    await assert.rejects(answer(change, {}, callBy(door)), refused('operation_disabled'))
  assert.deepEqual(await answer(echo, {}), { count: 5 })
})

test('a decision is known at its own doors only, and there to a person only', async (t) => {
  const { answer } = await runnerOf(t)
  await assert.rejects(answer(decision, {}, callBy('mcp', 'person')), refused('unknown_operation'))
  await assert.rejects(answer(decision, {}, callBy('rest', 'agent')), refused('person_needed'))
  assert.deepEqual(
    await answer(decision, {}, { ...callBy('rest', 'person'), grant: { ...LOCAL.grant, role: 'approver' } }),
    { count: 1 },
  )
})

test('a group that TOOLSETS leaves out cannot be called by MCP, whatever is listed', async (t) => {
  const { answer } = await runnerOf(t, { groups: new Set(['pods']) })
  await assert.rejects(answer(echo, {}, callBy('mcp')), refused('operation_disabled'))
  assert.deepEqual(await answer(echo, {}, callBy('rest')), { count: 5 })
})
