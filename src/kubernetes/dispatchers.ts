import type { Dispatcher } from 'undici'
import type { Endpoint } from './kubeconfig/cluster.ts'
import { type ClientCertificate, digest } from './kubeconfig/material.ts'

const IDLE_MILLISECONDS = 60_000

interface Held {
  dispatcher: Dispatcher
  /** When it was last handed out. */
  usedAt: number
}

const NO_CERTIFICATE = {}

function use(held: Held): Dispatcher {
  held.usedAt = Date.now()
  return held.dispatcher
}

/**
 * One undici dispatcher per (server, CA, client certificate, server name, proxy, insecure): contexts that agree on all
 * of them share connections, others never do. HTTP/1.1, keep-alive, no retries.
 */
export class Dispatchers {
  readonly #held = new Map<string, Held>()
  readonly #keys = new WeakMap<Endpoint, WeakMap<object, string>>()
  /** Closing: no new requests, running ones go on. */
  readonly #leaving = new Set<Dispatcher>()

  async get(endpoint: Endpoint, certificate: ClientCertificate | undefined): Promise<Dispatcher> {
    const key = this.#keyOf(endpoint, certificate)
    const known = this.#held.get(key)
    if (known !== undefined) return use(known)
    const { createDispatcher } = await import('./dispatcher.ts')
    const held = this.#held.get(key) ?? { dispatcher: createDispatcher(endpoint, certificate), usedAt: 0 }
    this.#held.set(key, held)
    return use(held)
  }

  // Hashing certificates for every request costs as much as parsing its answer; the objects of a configuration do not change.
  #keyOf(endpoint: Endpoint, certificate: ClientCertificate | undefined): string {
    const keys = this.#keys.get(endpoint) ?? new WeakMap<object, string>()
    this.#keys.set(endpoint, keys)
    const key = keys.get(certificate ?? NO_CERTIFICATE) ?? digest([endpoint, certificate])
    keys.set(certificate ?? NO_CERTIFICATE, key)
    return key
  }

  /**
   * Lets go of what nobody asked for in the last minute, so old certificates and removed clusters leave no sockets
   * behind. `close` waits for requests that still run: a followed log goes on.
   */
  sweep(now: number): void {
    for (const [key, { dispatcher, usedAt }] of this.#held) {
      if (now - usedAt < IDLE_MILLISECONDS) continue
      this.#held.delete(key)
      this.#leaving.add(dispatcher)
      void finish(dispatcher).finally(() => this.#leaving.delete(dispatcher))
    }
  }

  /** Ends every connection, also under requests that still run: call it when nobody waits for one any more. */
  async close(): Promise<void> {
    const all = [...[...this.#held.values()].map(({ dispatcher }) => dispatcher), ...this.#leaving]
    this.#held.clear()
    await Promise.all(all.map((each) => each.destroy()))
  }
}

/** Closes in order; what cannot be closed so has nothing left that anybody waits for. */
async function finish(dispatcher: Dispatcher): Promise<void> {
  await dispatcher.close().catch(() => dispatcher.destroy())
}
