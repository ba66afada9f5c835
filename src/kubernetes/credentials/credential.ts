import type { ClientCertificate } from '../kubeconfig/material.ts'

/** What proves who a request comes from. Secret: never shown, never logged. */
export interface Credential {
  /** Value of the `Authorization` header. */
  authorization: string | undefined
  /** In place of the user entry's own, where a plugin made one. */
  certificate: ClientCertificate | undefined
}

/** Where the credentials of one user come from. Shared by all contexts of that user. */
export interface CredentialSource {
  /** One that is good now. Rejects with the signal's reason where the caller leaves first. */
  credential(signal: AbortSignal): Promise<Credential>
  /** The API server refused this one: the next must be new. Forgets nothing where a newer one is there already. */
  forget(refused: Credential): void
}

/** Waits for what others may wait for too, as long as this caller wants to. */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const leave = () => reject(signal.reason)
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
