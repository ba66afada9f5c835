import Type, { type Static } from 'typebox'
import type { Caller } from '../call.ts'
import type { Problem } from '../errors.ts'
import { Closed, OneOf } from '../schema.ts'
import type { Contexts } from './contexts.ts'
import type { Reachability } from './reachability.ts'

const Connected = Closed({
  state: OneOf(
    ['connected', 'unavailable', 'unknown', 'none'],
    'Whether the current context answers; none: there is no cluster.',
  ),
  context: Type.Optional(Type.String({ description: 'Current context.' })),
  server: Type.Optional(Type.String({ description: 'URL of its API server.' })),
  version: Type.Optional(Type.String({ description: 'Version of Kubernetes.' })),
  user: Type.Optional(Type.String({ description: 'Who the API server takes this server for.' })),
  problem: Type.Optional(Type.String({ description: 'Why there is no cluster, or it does not answer.' })),
  next: Type.Optional(Type.String({ description: 'How to connect one.' })),
})
type Connected = Static<typeof Connected>

export const Info = Closed({
  name: Type.String({ description: 'Name of this server.' }),
  version: Type.String({ description: 'Its version.' }),
  description: Type.String({ description: 'What it is.' }),
  cluster: Connected,
  endpoints: Type.Array(
    Closed({
      method: Type.String({ description: 'HTTP method.' }),
      path: Type.String({ description: 'Path.' }),
      operation: Type.Optional(Type.String({ description: 'Operation behind it.' })),
      tool: Type.Optional(Type.String({ description: 'The same operation as an MCP tool.' })),
      title: Type.String({ description: 'What it does.' }),
    }),
    { description: 'Everything this server answers.' },
  ),
})
export type Info = Static<typeof Info>
export type Endpoint = Info['endpoints'][number]

export const Status = Closed({
  version: Type.String({ description: 'Version of this server.' }),
  uptimeSeconds: Type.Number({ description: 'Time since it started.' }),
  memoryBytes: Type.Integer({ description: 'Resident memory.' }),
  readOnly: Type.Boolean({ description: 'Whether every change is refused.' }),
  currentContext: Type.Optional(Type.String({ description: 'Where calls without context go.' })),
  source: Type.String({ description: 'Where the contexts come from: kubeconfig, in-cluster or none.' }),
  problem: Type.Optional(Type.String({ description: 'What is wrong with the kubeconfig.' })),
  store: Type.String({ description: 'ready, or why changes and decisions are refused.' }),
  openApprovals: Type.Optional(Type.Integer({ description: 'Changes that wait, run, or ended nobody knows how.' })),
  policyProblem: Type.Optional(
    Type.String({ description: 'What is wrong with the policy file; the policy of before holds.' }),
  ),
  contexts: Type.Array(
    Closed({
      name: Type.String({ description: 'Context.' }),
      current: Type.Boolean({ description: 'Whether calls without context go here.' }),
      state: Type.String({ description: 'connected, unavailable, or unknown where it was not looked at yet.' }),
      latencyMs: Type.Optional(Type.Number({ description: 'Time of one small request.' })),
      version: Type.Optional(Type.String({ description: 'Version of Kubernetes.' })),
      user: Type.Optional(Type.String({ description: 'Who the API server takes this server for.' })),
      problem: Type.Optional(Type.String({ description: 'Why it does not answer.' })),
    }),
  ),
})
export type Status = Static<typeof Status>

/** What the server is, known when it starts. */
export interface Identity {
  name: string
  version: string
  description: string
  readOnly: boolean
  endpoints: readonly Endpoint[]
}

/** How what changes depend on is. */
export interface Readiness {
  /** Why nothing can be asked for or decided. */
  storeProblem: () => Problem | undefined
  policyProblem: () => Problem | undefined
  /** How many approvals are open; undefined where nobody can tell. */
  open: () => Promise<number | undefined>
}

// The start page must not wait for a cluster that is away; the status may wait as long as a context is allowed to take.
const INFO_PATIENCE_MS = 300
const STATUS_PATIENCE_MS = 5_500

interface Facts {
  identity: Identity
  contexts: Contexts
  reachability: Reachability
  readiness: Readiness
}

/** What this server is and how it is. Bound to a caller, since current contexts are a caller's own. */
export class ServerFacts {
  readonly #identity: Identity
  readonly #contexts: Contexts
  readonly #reachability: Reachability
  readonly #readiness: Readiness
  readonly #caller: Caller

  constructor({ identity, contexts, reachability, readiness }: Facts, caller: Caller) {
    this.#identity = identity
    this.#contexts = contexts
    this.#reachability = reachability
    this.#readiness = readiness
    this.#caller = caller
  }

  async info(): Promise<Info> {
    const { name, version, description, endpoints } = this.#identity
    return { name, version, description, cluster: await this.#connected(), endpoints: [...endpoints] }
  }

  async status(): Promise<Status> {
    const { source, problem } = this.#contexts.source
    const rows = this.#contexts.list(this.#caller)
    const contexts = await Promise.all(rows.map(({ name, current }) => this.#context(name, current)))
    const current = rows.find((each) => each.current)?.name
    return {
      version: this.#identity.version,
      uptimeSeconds: Math.round(process.uptime() * 10) / 10,
      memoryBytes: process.memoryUsage.rss(),
      readOnly: this.#identity.readOnly,
      ...(current === undefined ? {} : { currentContext: current }),
      source,
      ...(problem === undefined ? {} : { problem }),
      ...(await this.#changes()),
      contexts,
    }
  }

  async #changes(): Promise<Pick<Status, 'store' | 'openApprovals' | 'policyProblem'>> {
    const open = await this.#readiness.open()
    const policyProblem = this.#readiness.policyProblem()?.message
    return {
      store: this.#readiness.storeProblem()?.message ?? 'ready',
      ...(open === undefined ? {} : { openApprovals: open }),
      ...(policyProblem === undefined ? {} : { policyProblem }),
    }
  }

  async #context(name: string, current: boolean): Promise<Status['contexts'][number]> {
    const { latency, ...reached } = await this.#reachability.of(name, STATUS_PATIENCE_MS)
    return { name, current, ...reached, ...(latency === undefined ? {} : { latencyMs: latency }) }
  }

  async #connected(): Promise<Connected> {
    if (this.#caller.grant.role === 'none') return { state: 'unknown', problem: 'Only who has a credential is told.' }
    const { problem, howTo } = this.#contexts.source
    const current = this.#contexts.list(this.#caller).find((each) => each.current)
    if (current === undefined) {
      const why = problem ?? 'The kubeconfig has no current context.'
      return {
        state: 'none',
        problem: why,
        next: howTo ?? 'Name a context with the parameter context; GET /cluster/contexts lists them.',
      }
    }
    const { latency: _, ...reached } = await this.#reachability.of(current.name, INFO_PATIENCE_MS)
    return { context: current.name, ...(current.server === undefined ? {} : { server: current.server }), ...reached }
  }
}
