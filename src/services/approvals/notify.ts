import { createHmac } from 'node:crypto'
import { scrubValue } from '../safety/scrub-text.ts'
import { isFinal } from './states.ts'
import type { ApprovalStore, Happened } from './store.ts'
import { principalKey } from './types.ts'

/** Header with the time of sending (seconds) and the HMAC-SHA-256 of `<time>.<body>`: `t=1700000000,v1=<hex>`. */
export const SIGNATURE_HEADER = 'k8s-mcp-signature'

export interface NotifyOptions {
  /** NOTIFY_URL. */
  url: string
  /** Signs what is sent; the receiver knows it. */
  secret: string
  store: ApprovalStore
  /** Where a person looks at one approval. */
  linkTo(id: string): string
  /** Told when one was given up. */
  failed(id: string, why: string): void
  /** Milliseconds before each further try. */
  pauses?: readonly number[]
  /** Waits; rejects where the signal fires. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

const PAUSES = [1_000, 5_000, 30_000, 120_000, 600_000]
const MOST_WAITING = 1_000
const TIMEOUT = 5_000

/** The signature of a body that is sent at this time (seconds since 1970). */
export function signatureOf(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

/**
 * Tells a webhook of approvals that wait and of how they ended. Never in the way of a request: it listens to what is already durable,
 * tries each one a few times, and gives up with a word to the log.
 */
export class Notifier {
  readonly #options: NotifyOptions
  readonly #shutdown = new AbortController()
  readonly #unsubscribe: () => void
  readonly #sending = new Set<Promise<void>>()

  constructor(options: NotifyOptions) {
    this.#options = options
    this.#unsubscribe = options.store.onHappened((happened) => this.#hear(happened))
  }

  /** Ends every try. */
  async close(): Promise<void> {
    this.#unsubscribe()
    this.#shutdown.abort()
    await Promise.all(this.#sending)
  }

  #hear(happened: Happened): void {
    const { event, state, id } = happened
    const tells = event === 'ready' || state === 'outcome_unknown' || isFinal(state)
    if (!tells) return
    if (this.#sending.size >= MOST_WAITING) return this.#options.failed(id, `${MOST_WAITING} others wait to be sent`)
    const sending = this.#send(happened)
      .catch((error: unknown) => this.#options.failed(id, error instanceof Error ? error.message : 'unknown reason'))
      .finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  async #send(happened: Happened): Promise<void> {
    const body = await this.#body(happened)
    for (const pause of [...(this.#options.pauses ?? PAUSES), undefined]) {
      const why = await this.#try(body)
      if (why === undefined || this.#shutdown.signal.aborted) return
      if (pause === undefined) return this.#options.failed(happened.id, why)
      // Up to a fifth longer, so that many do not come back at once.
      await this.#options.sleep(pause * (1 + Math.random() / 5), this.#shutdown.signal)
    }
  }

  async #body({ id, seq, state, version }: Happened): Promise<string> {
    const approval = await this.#options.store.get(id)
    const { operation, summary, risk, context, namespaces, requester, reason, expiresAt } = approval ?? {}
    const who = requester === undefined ? undefined : principalKey(requester)
    const facts = { operation, summary, risk, context, namespaces, requester: who, reason, expiresAt }
    return JSON.stringify(scrubValue({ id, seq, state, version, ...facts, url: this.#options.linkTo(id) }))
  }

  async #try(body: string): Promise<string | undefined> {
    const { url, secret } = this.#options
    const signature = signatureOf(secret, Math.floor(Date.now() / 1000), body)
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature }
    const signal = AbortSignal.any([this.#shutdown.signal, AbortSignal.timeout(TIMEOUT)])
    try {
      const answer = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'error' })
      await answer.body?.cancel()
      return answer.ok ? undefined : `the webhook answered ${answer.status}`
    } catch (error) {
      return error instanceof Error ? error.message : 'the webhook cannot be reached'
    }
  }
}
