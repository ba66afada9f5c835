import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import pino from 'pino'
import Type from 'typebox'
import { type Call, LOCAL } from '../../src/call.ts'
import { problems } from '../../src/errors.ts'
import { edge, type EdgeOptions } from '../../src/http/edge.ts'
import { routes } from '../../src/http/page.ts'
import { rest, type RestOptions } from '../../src/http/plugin.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { Connections } from '../../src/kubernetes/connection.ts'
import { defineChange, defineDecision, defineRead, type StreamEvent } from '../../src/operations/define.ts'
import { makeRunner, type Outcome } from '../../src/operations/run.ts'
import { Name, Namespace } from '../../src/operations/schemas.ts'
import { Closed } from '../../src/schema.ts'
import { Library } from '../../src/services/docs/library/library.ts'
import { Reference } from '../../src/services/docs/reference/reference.ts'
import { Search } from '../../src/services/docs/search/search.ts'
import { Contexts } from '../../src/services/contexts.ts'
import { Services } from '../../src/services/index.ts'
import { Reachability } from '../../src/services/reachability.ts'
import { NO_HELM } from '../support/helm.ts'
import { Telemetry } from '../../src/services/telemetry.ts'
import { planOf, waiting } from '../support/plan.ts'

// Operations of every shape the door knows. They answer their own input, so that a test sees what arrived.

const Echo = Closed({ got: Type.Record(Type.String(), Type.Unknown(), { description: 'The input as it arrived.' }) })

export const listThings = defineRead({
  name: 'infra.k8s.things.listThings',
  title: 'List things',
  description: 'Answers its own input.',
  input: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Most things.' })),
    tail: Type.Optional(Type.Integer({ minimum: -1, description: 'Last things.' })),
    ratio: Type.Optional(Type.Number({ description: 'A ratio.' })),
    all: Type.Optional(Type.Boolean({ description: 'All of them.' })),
    word: Type.Optional(Type.Array(Type.String(), { description: 'Words.' })),
    size: Type.Optional(Type.Array(Type.Integer(), { description: 'Sizes.' })),
    selector: Type.Optional(Type.String({ minLength: 1, description: 'Selector.' })),
  }),
  output: Echo,
  handle: async (got) => ({ got }),
  text: ({ got }) => `things: ${Object.keys(got).join(' ')}`,
})

export const getThing = defineRead({
  name: 'infra.k8s.things.getThing',
  title: 'Get a thing',
  description: 'Answers its own input.',
  input: Type.Object({
    namespace: Namespace,
    name: Name,
    wide: Type.Optional(Type.Boolean({ description: 'More of it.' })),
  }),
  output: Echo,
  handle: async (got) => ({ got }),
  text: ({ got }) => `thing ${String(got.name)}`,
})

export const checkThing = defineRead({
  name: 'infra.k8s.things.checkThing',
  title: 'Check a thing',
  description: 'Takes a manifest.',
  input: Type.Object({
    yamlContent: Type.String({ minLength: 1, description: 'The manifest.' }),
    namespace: Type.Optional(Namespace),
    strict: Type.Optional(Type.Boolean({ description: 'Strictly.' })),
  }),
  yamlBody: 'yamlContent',
  output: Echo,
  handle: async (got) => ({ got }),
  text: () => 'checked',
})

export const failThing = defineRead({
  name: 'infra.k8s.things.failThing',
  title: 'Fail',
  description: 'Fails as it is told.',
  input: Type.Object({ how: Type.String({ description: 'How.' }) }),
  output: Echo,
  handle: ({ how }) => fail(how),
  text: () => '',
})

async function fail(how: string): Promise<never> {
  if (how === 'gone') throw problems.continueExpired()
  if (how === 'cancelled') throw problems.cancelled()
  if (how === 'busy') throw problems.rateLimited(7)
  throw new Error(`secret words of ${how}`)
}

/** What followed reads give: set by a test. */
export const source: { open(call: Call): AsyncIterable<StreamEvent> } = { open: () => lines(3) }

export async function* lines(count: number): AsyncGenerator<StreamEvent> {
  for (let index = 1; index <= count; index++) yield { id: String(index), data: `line ${index}` }
}

export const readLog = defineRead({
  name: 'infra.k8s.things.readLog',
  title: 'Read a log',
  description: 'Has a plain form, and can be followed.',
  input: Type.Object({
    namespace: Type.Optional(Namespace),
    name: Type.Optional(Name),
    follow: Type.Optional(Type.Boolean({ description: 'Go on.' })),
  }),
  output: Closed({ lines: Type.Array(Type.String(), { description: 'Lines.' }) }),
  handle: async () => ({ lines: ['one', 'two'] }),
  text: (output) => `2 lines: ${output.lines.join(' ')}`,
  plain: { type: 'text/plain; charset=utf-8', render: (output) => `${output.lines.join('\n')}\n` },
  stream: { when: (input) => input.follow === true, open: (_input, { call }) => source.open(call) },
})

/** Keeps calls of holdThing waiting: set by a test. */
export const hold = { entered: 0, until: Promise.resolve() }

export const holdThing = defineRead({
  name: 'infra.k8s.things.holdThing',
  title: 'Hold',
  description: 'Answers when it may.',
  input: Type.Object({}),
  output: Echo,
  handle: async () => {
    hold.entered++
    await hold.until
    return { got: {} }
  },
  text: () => 'held',
})

export const scaleThing = defineChange({
  name: 'infra.k8s.things.scaleThing',
  title: 'Scale a thing',
  description: 'Waits for a person.',
  effect: { destructive: true, idempotent: true },
  input: Type.Object({
    namespace: Namespace,
    name: Name,
    replicas: Type.Integer({ minimum: 0, description: 'How many.' }),
  }),
  output: Echo,
  steps: Type.Object({ replicas: Type.Integer() }),
  changes: 'cluster',
  plan: async ({ replicas }) => planOf({ replicas }),
  execute: async (steps) => ({ outcome: 'succeeded', output: { got: steps } }),
  evidence: async () => ({ outcome: 'unknown', text: '' }),
})

export const decideThing = defineDecision({
  name: 'infra.k8s.things.decideThing',
  title: 'Decide',
  description: 'A decision.',
  doors: ['rest'],
  by: 'requester',
  input: Type.Object({ id: Type.String({ description: 'Id of the thing.' }) }),
  output: Echo,
  handle: async (got) => ({ got }),
  text: () => 'decided',
})

export const pages = routes('things', {
  'GET /things': listThings,
  'GET /thing/:namespace/:name': getThing,
  'DELETE /thing/:namespace/:name': scaleThing,
  'POST /thing/:namespace/:name/scale': scaleThing,
  'POST /check': checkThing,
  'GET /fail': failThing,
  'GET /hold': holdThing,
  'GET /log': readLog,
  'GET /thing/:namespace/:name/log': readLog,
  'POST /thing/:id/decide': decideThing,
})

const approval = waiting(scaleThing.name, 'ap 1')

export interface Door {
  app: FastifyInstance
  outcomes: Outcome[]
}

export type DoorOptions = Partial<EdgeOptions & RestOptions & { log: FastifyBaseLogger }>

const callerOf = () => LOCAL

/** The door over the operations above, not listening. */
export async function door(options: DoorOptions = {}): Promise<Door> {
  const outcomes: Outcome[] = []
  const config = { ALLOWED_HOSTS: [] }
  const app = fastify(serverOptions(options.log ?? pino({ level: 'silent' })))
  const runner = makeRunner({
    servicesFor,
    gate: { request: async () => approval },
    readOnly: false,
    groups: undefined,
    finished: (outcome) => void outcomes.push(outcome),
    refused: () => undefined,
    find: () => undefined,
  })
  edge(app, { config, callerOf, ...options })
  await app.register(rest, { pages, runner, version: '1.2.3', callerOf, ...options })
  return { app, outcomes }
}

const connections = new Connections({
  kubeconfig: '/nonexistent',
  homeDirectory: '/nonexistent',
  inClusterEnvironment: { host: undefined, port: undefined },
  serviceAccountDirectory: '/nonexistent',
  execPlugins: [],
  environment: {},
})
const telemetry = new Telemetry()
telemetry.close()
const identity = { name: 'test', version: '1', description: '', readOnly: false, endpoints: [] }
const store = problems.storeUnavailable('this test has none')
const readiness = { storeProblem: () => store, policyProblem: () => undefined, open: async () => undefined }
const places = { built: '/nonexistent', data: '/nonexistent' }
const library = new Library(places)

export const shared = {
  identity,
  library,
  search: new Search({ library }),
  reference: new Reference(places),
  contexts: new Contexts(connections, undefined),
  reachability: new Reachability(connections, () => undefined),
  telemetry,
  approvals: store,
  readiness,
  helm: NO_HELM,
  urlOf: (id: string) => `/approvals/${id}`,
}
const servicesFor = (call: Call, context: string | undefined) => new Services(shared, call, context)

export interface Listening extends Door {
  port: number
  url: string
  [Symbol.asyncDispose](): Promise<void>
}

/** The same door on a port of its own. Ends with its scope: `await using`. */
export async function listening(options: DoorOptions = {}): Promise<Listening> {
  const made = await door(options)
  await made.app.listen({ host: '127.0.0.1', port: 0 })
  const port = portOf(made.app)
  return { ...made, port, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => made.app.close() }
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the door does not listen on a port')
  return address.port
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A request whose target and headers go out as they are written, which `fetch` does not allow. */
export function ask(
  port: number,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        reject,
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Bytes on a socket, and what comes back until the server closes. */
export async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return text(socket)
}

/** The fields of a JSON answer. */
export function fieldsOf(body: string): Record<string, unknown> {
  const value: unknown = JSON.parse(body)
  if (value === null || typeof value !== 'object') throw new Error(`not an object: ${body}`)
  return { ...value }
}

/** Waits until something is so; fails with its name after ten seconds. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (isSo()) return
    await delay(10)
  }
  throw new Error(`waited ten seconds for: ${what}`)
}
