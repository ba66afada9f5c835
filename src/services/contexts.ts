import Type, { type Static } from 'typebox'
import type { Principal } from '../call.ts'
import { problems } from '../errors.ts'
import type { Connection, Connections, ContextState } from '../kubernetes/connection.ts'
import { Closed } from '../schema.ts'

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

/** Which context a principal's calls go to. The kubeconfig's own current context, until a caller has chosen another. */
export class Contexts {
  readonly #connections: Connections
  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** The context of a call. Throws `unknown_context`, `cluster_unavailable`. */
  open(_principal: Principal, named: string | undefined): Connection {
    const { currentContext, problem, howTo } = this.#connections.state
    const name = named ?? currentContext
    if (name !== undefined) return this.#connections.open(name)
    const reason = problem ?? 'the kubeconfig has no current context.'
    throw problems.clusterUnavailable(
      'A cluster',
      reason,
      howTo ?? 'Name one with the parameter context; GET /cluster/contexts lists them.',
    )
  }

  /** Every context, in the kubeconfig's order. */
  list(_principal: Principal): ContextRow[] {
    const { contexts, currentContext } = this.#connections.state
    return contexts.map((each) => row(each, each.name === currentContext))
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
