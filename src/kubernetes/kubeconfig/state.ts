/** One context of the kubeconfig, usable or not. Data only, fit to be shown. */
export interface ContextState {
  name: string
  cluster: string
  user: string
  /** The context's own, or `default`. */
  namespace: string
  /** URL without user name and password; undefined where the cluster has none. */
  server: string | undefined
  /** Why it cannot be used, one sentence; undefined where nothing is known against it. */
  problem: string | undefined
}

/** What is configured at this moment. Data only, fit to be shown: no credential is in it. */
export interface ConnectionState {
  source: 'kubeconfig' | 'in-cluster' | 'none'
  /** Kubeconfig files that were read. */
  files: string[]
  currentContext: string | undefined
  contexts: ContextState[]
  /** Why there is no context, or which file is broken and where; one or two sentences. */
  problem: string | undefined
  /** How to connect a cluster, where `source` is `none`. */
  howTo: string | undefined
}
