import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Operation } from '../../src/operations/define.ts'
import { operations } from '../../src/operations/index.ts'
import { startMetricsApi, type MetricsApi } from '../cluster/metrics-api.ts'
import { skipWithoutCluster } from '../cluster/shared.ts'
import { type OwnCluster, startCluster } from '../cluster/start.ts'
import { type Answered, type Doors, type Input, openDoors } from '../support/doors.ts'
import { at, textAt } from '../support/json.ts'
import { quickKubeconfig } from '../support/quick-kubeconfig.ts'
import { makeToken } from '../support/tokens.ts'
import type { Refusal } from './case.ts'
import { APPROVAL, helmOf } from './change.cases.ts'
import { CASES } from './doors.cases.ts'
import { define, openShop, SHOP } from './shop.ts'

const LONG = 'x'.repeat(300)
const EVIL = ['..', '.', 'a/b', 'a?b', 'a#b', 'a%b', 'a\u0000b', 'a b', LONG]

/** What is wrong whatever the operation, by the parameter that it is wrong about. */
const BAD_VALUES: Readonly<Record<string, readonly (readonly [value: unknown, code: string])[]>> = {
  context: [
    ['nosuch', 'unknown_context'],
    ['..', 'unknown_context'],
    ['', 'bad_input'],
    [LONG, 'bad_input'],
    ['unreachable', 'cluster_unavailable'],
  ],
  namespace: [...EVIL, 'Shop', '-a', 'a.b'].map((value) => [value, 'bad_input'] as const),
  name: EVIL.map((value) => [value, 'bad_input'] as const),
  kind: [
    ['podz', 'unknown_kind'],
    ['widgets', 'ambiguous_kind'],
    ['pods.v9.apps', 'unknown_kind'],
    ...EVIL.map((value) => [value, 'bad_input'] as const),
  ],
  limit: [-1, 0, 501, 1e9, 1.5, 'abc', '10x', '', ' 7', '0x10', '1e2', '+5', '007', [1, 2]].map(
    (value) => [value, 'bad_input'] as const,
  ),
  labelSelector: ['a in (', 'a=b=c', '!!', ''].map((value) => [value, 'bad_input'] as const),
  fieldSelector: ['nosuch=1', 'status.phase', ''].map((value) => [value, 'bad_input'] as const),
  continue: ['damaged', '', 'WzFd'].map((value) => [value, 'bad_input'] as const),
  format: [['yaml', 'bad_input']],
  allNamespaces: [['maybe', 'bad_input']],
  id: [...EVIL, 'apr_1', `${APPROVAL}0`, APPROVAL.toUpperCase()].map((value) => [value, 'bad_input'] as const),
}

/** Decided by people alone: no agent's door has it. */
const isPersonal = (operation: Operation) => operation.kind === 'decision' && operation.by === 'person'

/** No agent's door has it. */
const isRestOnly = (operation: Operation) => operation.kind === 'decision' && !operation.doors.includes('mcp')

/** A good input with one thing wrong about it. */
function refusalsOf(operation: Operation): Refusal[] {
  const {
    good: [first],
    bad = [],
    own = [],
  } = CASES[operation.name] ?? { good: [] }
  const good: Input = first ?? bad[0]?.[0] ?? {}
  const takes = (name: string) => name in operation.input.properties
  const general = Object.entries(BAD_VALUES)
    .filter(([name]) => takes(name) && !own.includes(name))
    .flatMap(([name, values]) => values.map(([value, code]): Refusal => [{ ...good, [name]: value }, code]))
  const twice: Refusal[] = takes('allNamespaces')
    ? [[{ ...good, namespace: 'shop', allNamespaces: true }, 'bad_input']]
    : []
  const unknown: Refusal[] = own.includes('nosuch') ? [] : [[{ ...good, nosuch: 'x' }, 'bad_input']]
  return [...unknown, ...twice, ...general, ...(CASES[operation.name]?.bad ?? [])]
}

const settled = (value: unknown, volatile: readonly string[]): unknown =>
  JSON.parse(JSON.stringify(value), (key, each: unknown) => (volatile.includes(key) ? '' : each))

/** What is never twice the same about two requests for the same. */
const OF_ITS_OWN = ['id', 'next', 'url', 'createdAt', 'expiresAt', 'audit']

suite('both doors', { skip: skipWithoutCluster() }, () => {
  let cluster: OwnCluster
  let metrics: MetricsApi
  let doors: Doors
  let person: string
  let approval: string
  const ends: (() => unknown)[] = []
  before(async () => {
    cluster = await startCluster()
    await Promise.all([openShop(cluster), define(cluster, 'one.example.test'), define(cluster, 'two.example.test')])
    metrics = await startMetricsApi(cluster)
    const own = { after: (work: () => unknown) => ends.push(work) }
    doors = await openDoors(own, { KUBECONFIG: await quickKubeconfig(own, cluster), ...helmOf(cluster) })
    person = (await makeToken(doors.server.application, { kind: 'person', subject: 'alice', role: 'approver' })).token
    approval = textAt((await doors.rest('infra.k8s.pods.deletePod', { namespace: SHOP, name: 'solo' })).output, 'id')
  })
  after(async () => {
    for (const end of ends) await end()
    await metrics.stop()
    await cluster.stop()
  })

  const filled = (input: Input): Input => (input['id'] === APPROVAL ? { ...input, id: approval } : input)
  const cancelled = async (output: unknown) => {
    if (at(output, 'id') === approval) return
    const { code, text } = await doors.mcp('infra.k8s.approvals.cancelApproval', { id: at(output, 'id') })
    assert.equal(code, 'ok', text)
  }

  // Between two calls an age may tick or a controller write: what differs is asked again.
  async function compare(operation: string, input: Input, volatile: readonly string[]): Promise<Answered> {
    for (let tries = 1; ; tries++) {
      const [rest, mcp] = [await doors.rest(operation, input), await doors.mcp(operation, input)]
      assert.deepEqual([rest.code, rest.text], [mcp.code, mcp.text], JSON.stringify(input))
      const [left, right] = [rest.output, mcp.output].map((each) => settled(each ?? null, volatile))
      if (tries < 8 && JSON.stringify(left) !== JSON.stringify(right)) continue
      assert.deepEqual(left, right, JSON.stringify(input))
      return rest
    }
  }

  test('every operation has its cases', () => {
    assert.deepEqual(Object.keys(CASES).toSorted(), operations.map(({ name }) => name).toSorted())
  })

  test('a kind that is unknown names the nearest, one that is ambiguous its full names', async () => {
    const sentence = async (kind: string) => (await compare('infra.k8s.resources.listResources', { kind }, [])).text
    assert.match(await sentence('deploymnt'), /no resource type "deploymnt"\. Did you mean "deployments"\?/)
    assert.match(
      await sentence('widgets'),
      /more than one.*"widgets\.v1\.one\.example\.test".*"widgets\.v1\.two\.example\.test"/,
    )
  })

  for (const operation of operations) {
    const { good = [], volatile = [], openToAll = false } = CASES[operation.name] ?? {}
    suite(operation.name, () => {
      if (operation.kind === 'read')
        test('answers the same by both doors', async () => {
          for (const input of good) {
            const { code, text } = await compare(operation.name, filled(input), volatile)
            assert.equal(code, 'ok', text)
          }
        })

      if (operation.kind === 'change' && good.length > 0)
        test('answers by either door the approval that waits, and by either the same when it is asked for anew', async () => {
          for (const input of good) {
            const { code, text, output } = await compare(operation.name, input, [])
            assert.equal(code, 'ok', text)
            assert.equal(at(output, 'state'), 'pending')
            await cancelled(output)
            const again = await doors.mcp(operation.name, input)
            assert.equal(at(again.output, 'id') === at(output, 'id'), at(output, 'id') === approval)
            assert.deepEqual(settled(again.output, OF_ITS_OWN), settled(output, OF_ITS_OWN), JSON.stringify(input))
            await cancelled(again.output)
          }
        })

      test('refuses bad input by both doors with the same code and the same words', async () => {
        for (const [given, expected] of refusalsOf(operation)) {
          const input = filled(given)
          const { code, text } = isRestOnly(operation)
            ? await doors.rest(operation.name, input, person)
            : await compare(operation.name, input, volatile)
          assert.equal(code, expected, `${JSON.stringify(input)}: ${text}`)
          assert.match(text, /^[a-z_]+: .{12,}/, 'a sentence for the reader')
        }
      })

      if (isPersonal(operation))
        test('is a person’s: whoever else sends anything gets no further', async () => {
          for (const [input] of refusalsOf(operation))
            assert.equal((await doors.rest(operation.name, filled(input))).code, 'person_needed')
        })

      if (!('context' in operation.input.properties) || openToAll) return
      test('is forbidden to who may nothing, in the words of Kubernetes', async () => {
        for (const input of good) {
          const { code, text } = await compare(operation.name, { ...input, context: 'nobody' }, [])
          assert.equal(code, 'forbidden', text)
          assert.match(text, /cannot (get|list|patch|create|delete)/)
        }
      })
    })
  }
})
