import { after, before, suite, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster } from '../cluster/shared.ts'
import { operations } from '../../src/operations/index.ts'
import { CASES } from '../operations/doors.cases.ts'
import { openShop, SHOP } from '../operations/shop.ts'
import { type Input, restRequest } from '../support/doors.ts'
import type { Ends } from '../support/ends.ts'
import { at } from '../support/json.ts'
import { sendRaw } from '../support/raw.ts'
import { type Recorder, startRecorder } from '../support/recorder.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { wireName } from '../../src/mcp/tools.ts'
import { EVIL_KINDS, EVIL_NAMES, EVIL_PARAMETERS } from './evil-names.ts'
import { assertMeant, assertOwnParameters, assertUnambiguous, type Meant, meantBy } from './paths.ts'

/** Text inputs of an operation, and the good value that each test puts evil in place of. */
const textFields = (name: string): string[] =>
  Object.entries(operations.find((each) => each.name === name)?.input.properties ?? {})
    .filter(([, schema]) => at(schema, 'type') === 'string' && at(schema, 'enum') === undefined)
    .map(([field]) => field)
    .filter((field) => field !== 'yamlContent')

const IN_PATHS = new Set(['namespace', 'name', 'kind', 'resource'])

/** All of them where a value stands in a path, or chooses one; a dozen where it is a parameter. */
function evilFor(field: string): readonly string[] {
  if (field === 'kind' || field === 'resource') return [...EVIL_NAMES, ...EVIL_KINDS]
  return IN_PATHS.has(field) ? EVIL_NAMES : EVIL_PARAMETERS
}

const isOneLine = (text: string) => /^[\u0021-\u007e]+$/.test(text)

suite('names that lead elsewhere', { skip: skipWithoutCluster() }, () => {
  let recorder: Recorder
  let server: TestServer
  let client: Client
  const work: (() => unknown)[] = []
  const ends: Ends = { after: (each) => work.push(each) }
  before(async () => {
    const cluster: TestCluster = await testCluster()
    await openShop(cluster)
    recorder = await startRecorder(ends, cluster, { namespace: SHOP })
    server = await startServer(ends, { KUBECONFIG: recorder.kubeconfig })
    client = await server.mcp()
  })
  after(async () => {
    for (const each of work.toReversed()) await each()
  })

  const headers = { 'content-type': 'application/json' }
  const byRest = (operation: string, input: Input) => {
    const request = restRequest(operation, input)
    return sendRaw(server.url, request.body === undefined ? request : { ...request, headers })
  }
  const byMcp = (operation: string, input: Input) =>
    client.callTool({ name: wireName(operation), arguments: { ...input } })

  /** The same request with the value in the path as it is, where HTTP can carry it. */
  async function unencoded(operation: string, input: Input, field: string, evil: string): Promise<void> {
    const marked = restRequest(operation, { ...input, [field]: 'MARK' })
    const [path = '', query = ''] = marked.path.split('?')
    if (!path.includes('MARK') || !isOneLine(evil)) return
    await sendRaw(server.url, { ...marked, path: `${path.replace('MARK', () => evil)}?${query}` })
  }

  async function meantWith(operation: string, good: readonly Input[], value: unknown): Promise<Meant> {
    recorder.take()
    for (const each of good) await byRest(operation, each)
    return meantBy(recorder.take(), typeof value === 'string' ? value : '')
  }

  for (const [operation, { good }] of Object.entries(CASES)) {
    const [input = {}] = good
    for (const field of textFields(operation)) {
      const evils = evilFor(field)
      test(`${operation} with an evil ${field} asks for nothing else`, async () => {
        const meant = await meantWith(operation, good, input[field])
        const calls = evils.map((evil) => ({ ...input, [field]: evil }))
        await Promise.all(calls.flatMap((each) => [byRest(operation, each), byMcp(operation, each)]))
        const arrived = recorder.take()
        assertMeant(arrived, meant, evils)
        arrived.forEach(assertOwnParameters)
        // Slashes that nobody encoded make another path of it, perhaps one that is served: never one that is resolved.
        await Promise.all(evils.map((evil) => unencoded(operation, input, field, evil)))
        recorder.take().forEach(assertUnambiguous)
      })
    }
  }
})
