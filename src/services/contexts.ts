import Type, { type Static } from 'typebox'
import type { Caller, Principal } from '../call.ts'
import { problems } from '../errors.ts'
import type { Connection, Connections, ContextState } from '../kubernetes/connection.ts'
import { Closed } from '../schema.ts'
import type { ContextStore } from './approvals/context-store.ts'
import type { Acting } from './approvals/core.ts'
import { inScope } from '../glob.ts'

export const ContextRow = Closed({
  name: Type.String({ description: 'Name of the context.' }),
  current: Type.Boolean({ description: 'Whether calls without context go here.' }),
  cluster: Type.String({ description: 'Cluster entry of the kubeconfig.' }),
  server: Type.Optional(Type.String({ description: 'URL of the API server.' })),
  user: Type.String({ description: 'User entry of the kubeconfig.' }),
  namespace: Type.String({ description: 'Namespace of calls that name none.' }),
  problem: Type.Optional(Type.String({ description: 'Why it cannot be used.' })),
})
export type ContextRow = Static<typeof ContextRow>

/** Which context a caller's calls go to: the kubeconfig's own current context, until the caller has chosen another. */
export class Contexts {
  readonly #connections: Connections
  readonly #chosen: ContextStore | undefined
  /** `chosen`: what callers have switched to; undefined where there is no store to keep it. */
  constructor(connections: Connections, chosen: ContextStore | undefined) {
    this.#connections = connections
    this.#chosen = chosen
  }

  /** The context of a call. Throws `unknown_context`, `cluster_unavailable`, `out_of_scope`. */
  open({ principal, grant }: Caller, named: string | undefined): Connection {
    const { problem, howTo } = this.#connections.state
    const name = named ?? this.currentOf(principal)
    if (name !== undefined && !inScope(grant.scope.contexts, name)) throw problems.outOfScope(`context ${name}`)
    if (name !== undefined) return this.#connections.open(name)
    const reason = problem ?? 'the kubeconfig has no current context.'
    throw problems.clusterUnavailable(
      'A cluster',
      reason,
      howTo ?? 'Name one with the parameter context; GET /cluster/contexts lists them.',
    )
  }

  /** Where calls of this principal go that name no context. */
  currentOf(principal: Principal): string | undefined {
    return this.#chosen?.currentOf(principal) ?? this.#connections.state.currentContext
  }

  /** Every context that this caller may use, in the kubeconfig's order. */
  list({ principal, grant }: Caller): ContextRow[] {
    const current = this.currentOf(principal)
    const { contexts } = this.#connections.state
    const usable = contexts.filter(({ name }) => inScope(grant.scope.contexts, name))
    return usable.map((each) => row(each, each.name === current))
  }

  /** Makes another context the current one of `owner`, durably. Throws `store_unavailable`. */
  async switchTo(owner: Principal, context: string, acting: Acting): Promise<void> {
    if (this.#chosen === undefined) throw problems.storeUnavailable('there is no store to keep the choice in')
    await this.#chosen.switchTo(owner, context, acting)
  }

  /** Where the contexts come from, and why there are none. */
  get source() {
    const { source, files, problem, howTo } = this.#connections.state
    return { source, files, problem, howTo }
  }
}

const row = ({ server, problem, ...context }: ContextState, current: boolean): ContextRow => ({
  ...context,
  current,
  ...(server === undefined ? {} : { server }),
  ...(problem === undefined ? {} : { problem }),
})
