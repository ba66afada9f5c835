import type { Principal } from '../../call.ts'
import { type Acting, entry } from './core.ts'
import type { ApprovalStore } from './store.ts'
import { principalKey } from './types.ts'

/** The current context of each principal: a setting of the caller's, durable; the kubeconfig file is never written. */
export class ContextStore {
  readonly #store: ApprovalStore

  constructor(store: ApprovalStore) {
    this.#store = store
  }

  /** The context this principal has switched to, or undefined where it never did. */
  currentOf(principal: Principal): Promise<string | undefined> {
    return this.#store.contextOf(principal)
  }

  /** Doing it twice comes to the same. `owner`: whose setting it is; `acting`: in which call. */
  async switchTo(owner: Principal, context: string, acting: Acting): Promise<void> {
    const detail = { owner: principalKey(owner), context }
    await this.#store.setContext(owner, context, entry('context_switched', acting, detail))
  }
}
