import type { Entry, Kubeconfig } from '../kubeconfig.ts'
import type { Environment } from '../proxy.ts'
import { type Cluster, readCluster, shownServer } from './cluster.ts'
import { Section, Unusable } from './fields.ts'
import type { FileReader } from './files.ts'
import type { ContextState } from './state.ts'
import { ANONYMOUS, readUser, type User } from './user.ts'

/** What requests of one context need. Holds secrets: never shown, never logged. */
export interface Target {
  cluster: Cluster
  user: User
}

/** A context, and what its requests need where it is usable. */
export interface Context {
  state: ContextState
  target: Target | undefined
}

/** Reads one context with its cluster and user. What is wrong with it becomes its `problem` and nobody else's. */
export async function readContext(
  entry: Entry,
  kubeconfig: Kubeconfig,
  files: FileReader,
  environment: Environment,
): Promise<Context> {
  const state: ContextState = {
    name: entry.name,
    cluster: '',
    user: '',
    namespace: 'default',
    server: undefined,
    problem: undefined,
  }
  try {
    describe(state, entry, kubeconfig)
    const cluster = await readCluster(named(kubeconfig.clusters, 'cluster', state.cluster), files, environment)
    const user = state.user === '' ? ANONYMOUS : await readUser(named(kubeconfig.users, 'user', state.user), files)
    return { state, target: { cluster, user } }
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    return { state: { ...state, problem: error.message }, target: undefined }
  }
}

/** Fills in what can be shown of a context, also when it cannot be used. */
function describe(state: ContextState, { body }: Entry, { clusters }: Kubeconfig): void {
  state.cluster = body.text('cluster') ?? ''
  state.user = body.text('user') ?? ''
  state.namespace = body.text('namespace') ?? 'default'
  state.server = shownServer(clusters.get(state.cluster)?.body ?? new Section('', {}))
}

function named(entries: ReadonlyMap<string, Entry>, kind: string, name: string): Entry {
  const entry = entries.get(name)
  if (!entry) throw new Unusable(name === '' ? `It names no ${kind}.` : `The kubeconfig has no ${kind} "${name}".`)
  return entry
}
