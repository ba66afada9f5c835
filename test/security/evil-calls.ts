import { after, before, suite, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import { wireName } from '../../src/mcp/tools.ts'
import type { Operation } from '../../src/operations/define.ts'
import { operations } from '../../src/operations/index.ts'
import { skipWithoutCluster, testCluster } from '../cluster/shared.ts'
import { CASES } from '../operations/doors.cases.ts'
import { openShop, SHOP } from '../operations/shop.ts'
import { type Input, restRequest } from '../support/doors.ts'
import type { Ends } from '../support/ends.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { sendRaw } from '../support/raw.ts'
import { type Recorder, startRecorder } from '../support/recorder.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'
import { EVIL_KINDS, EVIL_NAMES, EVIL_PARAMETERS } from './evil-names.ts'
import { assertMeant, assertOwnParameters, assertUnambiguous, type Meant, meantBy } from './paths.ts'

/** Text inputs of an operation, and the good value that each test puts evil in place of. */
const textFields = ({ input }: Operation): string[] =>
  Object.entries(input.properties)
    .filter(([, schema]) => at(schema, 'type') === 'string' && at(schema, 'enum') === undefined)
    .map(([field]) => field)
    .filter((field) => field !== 'yamlContent')

const IN_PATHS = new Set(['namespace', 'name', 'kind', 'resource', 'id'])

/** All of them where a value stands in a path, or chooses one; a dozen where it is a parameter. */
function evilFor(field: string): readonly string[] {
  if (field === 'kind' || field === 'resource') return [...EVIL_NAMES, ...EVIL_KINDS]
  return IN_PATHS.has(field) ? EVIL_NAMES : EVIL_PARAMETERS
}

const isOneLine = (text: string) => /^[\u0021-\u007e]+$/.test(text)
const isRestOnly = (operation: Operation) => operation.kind === 'decision' && !operation.doors.includes('mcp')

/** Tests of these operations, each with every evil value in each of its texts, by REST and MCP. */
export function evilCalls(about: string, wanted: (operation: Operation) => boolean): void {
  suite(about, { skip: skipWithoutCluster() }, () => {
    let recorder: Recorder
    let server: TestServer
    let client: Client
    let person: Record<string, string>
    const work: (() => unknown)[] = []
    const ends: Ends = { after: (each) => work.push(each) }
    before(async () => {
      const cluster = await testCluster()
      await openShop(cluster)
      recorder = await startRecorder(ends, cluster, { namespace: SHOP })
      server = await startServer(ends, { KUBECONFIG: recorder.kubeconfig })
      client = await server.mcp()
      person = bearer(
        (await makeToken(server.application, { kind: 'person', subject: 'alice', role: 'approver' })).token,
      )
    })
    after(async () => {
      for (const each of work.toReversed()) await each()
    })

    const byRest = (operation: Operation, input: Input) => {
      const request = restRequest(operation.name, input)
      const type = request.body === undefined ? {} : { 'content-type': request.type }
      return sendRaw(server.url, { ...request, headers: { ...type, ...(isRestOnly(operation) ? person : {}) } })
    }
    const byMcp = async ({ name }: Operation, input: Input) =>
      client.callTool({ name: wireName(name), arguments: { ...input } })
    const byEveryDoor = (operation: Operation, input: Input): Promise<unknown>[] =>
      isRestOnly(operation) ? [byRest(operation, input)] : [byRest(operation, input), byMcp(operation, input)]

    /** The same request with the value in the path as it is, where HTTP can carry it. */
    async function unencoded({ name }: Operation, input: Input, field: string, evil: string): Promise<void> {
      const marked = restRequest(name, { ...input, [field]: 'MARK' })
      const [path = '', query = ''] = marked.path.split('?')
      if (!path.includes('MARK') || !isOneLine(evil)) return
      await sendRaw(server.url, { ...marked, path: `${path.replace('MARK', () => evil)}?${query}` })
    }

    async function meantWith(operation: Operation, good: readonly Input[], value: unknown): Promise<Meant> {
      recorder.take()
      for (const each of good) await byRest(operation, each)
      return meantBy(recorder.take(), typeof value === 'string' ? value : '')
    }

    // What waits is given back instead of being planned again, and there may be only so many.
    async function cancelOpen(): Promise<void> {
      const { body } = await server.rest('/approvals?limit=100')
      const ids = listAt(body, 'approvals').map((each) => textAt(each, 'id'))
      await Promise.all(ids.map((id) => server.rest(`/approvals/${id}/cancel`, { method: 'POST' })))
    }

    for (const operation of operations.filter(wanted)) {
      const { good, bad = [] } = CASES[operation.name] ?? { good: [] }
      const input: Input = good[0] ?? bad[0]?.[0] ?? {}
      for (const field of textFields(operation)) {
        const evils = evilFor(field)
        test(`${operation.name} with an evil ${field} asks for nothing else`, async () => {
          const meant = await meantWith(operation, good, input[field])
          await cancelOpen()
          recorder.take()
          const calls = evils.map((evil) => ({ ...input, [field]: evil }))
          await Promise.all(calls.flatMap((each) => byEveryDoor(operation, each)))
          const arrived = recorder.take()
          assertMeant(arrived, meant, evils)
          arrived.forEach(assertOwnParameters)
          // Slashes that nobody encoded make another path of it, perhaps one that is served: never one that is resolved.
          await Promise.all(evils.map((evil) => unencoded(operation, input, field, evil)))
          recorder.take().forEach(assertUnambiguous)
          await cancelOpen()
        })
      }
    }
  })
}
