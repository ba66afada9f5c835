/** How long a caller should wait, what a Kubernetes refusal named: facts a door may render beside the text. */
export interface ProblemFacts {
  /** Seconds after which the same request may work (HTTP `Retry-After`). */
  retryAfter?: number
  /** How to authenticate (HTTP `WWW-Authenticate`, RFC 6750 section 3). */
  challenge?: string
  /** Methods a path does take (HTTP `Allow`). */
  allow?: readonly string[]
  /** Fields and reasons that the API server names beside its message (metav1.StatusCause). */
  causes?: readonly RefusalCause[]
}

/** One of the causes of a Kubernetes refusal: what, of which kind (`FieldManagerConflict`), about which field. */
export interface RefusalCause {
  reason?: string
  message?: string
  field?: string
}

/**
 * An error a caller may read: what, where, why. `next` says what to do about it. Made only by the catalogue below.
 * Rendered as `application/problem+json` (RFC 9457) by REST and as a tool result with `isError` by MCP.
 */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly next: string | undefined
  readonly facts: ProblemFacts
  constructor(code: string, status: number, message: string, next?: string, facts: ProblemFacts = {}) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.next = next
    this.facts = facts
  }
}
