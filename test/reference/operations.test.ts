import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { randomUUID } from 'node:crypto'
import { type Call, type Grant, LOCAL } from '../../src/call.ts'
import { Problem } from '../../src/errors.ts'
import type { Operation } from '../../src/operations/define.ts'
import { inputSchema } from '../../src/mcp/schema.ts'
import { explain } from '../../src/operations/docs/explain.ts'
import { listApiReference } from '../../src/operations/docs/list-api-reference.ts'
import { makeRunner } from '../../src/operations/run.ts'
import { Services } from '../../src/services/index.ts'
import { clusterTest } from '../cluster/shared.ts'
import { startServer } from '../support/server.ts'
import { define, served } from './custom.ts'
import { reference } from './support.ts'

const NOBODY: Grant = { role: 'none', groups: [], scope: {} }

/** Runs one of the operations as a caller, through the runner and its rules. */
async function runAs(t: TestContext, settings: Record<string, string>, grant: Grant = LOCAL.grant) {
  const { application } = await startServer(t, settings)
  const of = reference(t)
  const call: Call = {
    door: 'rest',
    principal: LOCAL.principal,
    grant,
    correlationId: randomUUID(),
    signal: t.signal,
    progress() {},
    wantsProgress: false,
    requests: [],
  }
  const runner = makeRunner({
    servicesFor: (own, context) =>
      Object.defineProperty(new Services(application.core.shared, own, context), 'reference', { value: of }),
    gate: { request: () => Promise.reject(new Error('nothing changes here')) },
    find: () => undefined,
    readOnly: true,
    groups: undefined,
    finished() {},
    refused() {},
  })
  return async (operation: Operation, input: object): Promise<Record<string, unknown>> => {
    const { json } = await runner.answer(operation, input, call)
    return JSON.parse(json)
  }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  )

test('without any cluster both operations answer from what comes along', async (t) => {
  const run = await runAs(t, { KUBECONFIG: '/nonexistent' })
  const answer = await run(explain, { kind: 'deploy', path: 'spec.replicas' })
  assert.equal(answer['type'], 'integer')
  const list = await run(listApiReference, {})
  assert.ok(Array.isArray(list['kinds']) && list['kinds'].length > 90)
  assert.equal(await codeOf(run(explain, { kind: 'deploy', context: 'mine' })), 'cluster_unavailable')
})

test('no text of the reference that comes along is masked, whatever it looks like', async (t) => {
  const of = reference(t)
  const run = await runAs(t, { KUBECONFIG: '/nonexistent' })
  const changed: string[] = []
  for (const { kind, version, group } of of.definitions().kinds) {
    const input = {
      kind: [kind, version, group].filter((part) => part !== '').join('.'),
      recursive: true,
      texts: 'full' as const,
    }
    if (JSON.stringify(await run(explain, input)) !== JSON.stringify(await of.explain(input))) changed.push(kind)
  }
  assert.deepEqual(changed, [])
})

clusterTest('what a cluster says of its kinds is masked', async (cluster, t) => {
  const run = await runAs(t, { KUBECONFIG: cluster.kubeconfig })
  const token = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`
  const custom = await define(cluster, { type: 'object', description: `Call it with ${token}.` })
  await served(cluster, custom)
  const answer = JSON.stringify(await run(explain, { kind: custom.kind }))
  assert.ok(answer.includes('Call it with ') && !answer.includes(token), answer)
})

clusterTest('who has no credential gets what comes along, never a word of the cluster', async ({ kubeconfig }, t) => {
  const run = await runAs(t, { KUBECONFIG: kubeconfig }, NOBODY)
  for (const answer of [await run(explain, { kind: 'po' }), await run(listApiReference, {})])
    assert.deepEqual(answer['source'], { from: 'built-in', version: '1.36', notes: [] })
  assert.equal(await codeOf(run(explain, { kind: 'po', context: 'admin' })), 'unauthenticated')
})

clusterTest(
  'who may not reach a context gets what comes along, and is refused when naming it',
  async ({ kubeconfig }, t) => {
    const run = await runAs(t, { KUBECONFIG: kubeconfig }, { ...LOCAL.grant, scope: { contexts: ['viewer'] } })
    const { source } = await run(explain, { kind: 'po' })
    assert.deepEqual(source, { from: 'built-in', version: '1.36', notes: [] })
    assert.equal(await codeOf(run(explain, { kind: 'po', context: 'admin' })), 'out_of_scope')
    const named = await run(explain, { kind: 'po', context: 'viewer' })
    assert.match(JSON.stringify(named['source']), /"cluster".*"viewer"/)
  },
)

clusterTest('a user with few rights is told about the cluster as well', async ({ kubeconfig }, t) => {
  const run = await runAs(t, { KUBECONFIG: kubeconfig })
  const { source } = await run(explain, { kind: 'po', context: 'viewer' })
  assert.match(JSON.stringify(source), /"from":"cluster","version":"v1\.36/)
})

test('what a model sees of explain is small', () => {
  const { name, description, input } = explain
  assert.ok(JSON.stringify({ name, description, input: inputSchema(input) }).length < 700)
})
