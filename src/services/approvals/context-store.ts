import type { Principal } from '../../call.ts'
import { type Acting, entry } from './core.ts'
import type { ApprovalStore } from './store.ts'
import { principalKey } from './types.ts'

/** The current context of each principal: a setting of the caller's, durable; the kubeconfig file is never written. */
export class ContextStore {
  readonly #store: ApprovalStore
  #current = new Map<string, string>()

  constructor(store: ApprovalStore) {
    this.#store = store
  }

  /** Reads what is stored: each call needs it, so that it is kept in memory. */
  async load(): Promise<void> {
    this.#current = new Map(await this.#store.contexts())
  }

  /** The context this principal has switched to, or undefined where it never did. */
  currentOf(principal: Principal): string | undefined {
    return this.#current.get(principalKey(principal))
  }

  /** Doing it twice comes to the same. `owner`: whose setting it is; `acting`: in which call. */
  async switchTo(owner: Principal, context: string, acting: Acting): Promise<void> {
    const key = principalKey(owner)
    await this.#store.setContext(owner, context, entry('context_switched', acting, { owner: key, context }))
    this.#current.set(key, context)
  }
}
