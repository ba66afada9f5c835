/** One request the API server answered (or did not), for the log line and the metrics. Path without query. */
export interface KubernetesRequest {
  context: string
  method: string
  path: string
  /** HTTP status; 0 where no answer came. */
  status: number
  milliseconds: number
}

/** Who calls. Kind comes from the credential, never from the subject. */
export interface Principal {
  kind: 'agent' | 'person' | 'service'
  subject: string
}

/** The caller of everybody who has no credential: a loopback server takes them all as one agent. */
export const LOCAL: Principal = { kind: 'agent', subject: 'local' }

export type Door = 'rest' | 'mcp' | 'stdio'

/** What travels with one call through every layer: who asks, by which door, how to stop it, how to tell how far it is. */
export interface Call {
  door: Door
  principal: Principal
  /** `^[A-Za-z0-9._-]{1,64}$`; on every answer, log line and error. */
  correlationId: string
  /** Fires when the caller leaves, cancels, or the server shuts down. */
  signal: AbortSignal
  /** Tells the caller how far the call is, where the door can. `total` undefined where it is not known. */
  progress(done: number, total: number | undefined, message: string): void
  /** True where somebody listens to `progress`. */
  wantsProgress: boolean
  /** Filled by src/kubernetes as requests end. */
  requests: KubernetesRequest[]
}
