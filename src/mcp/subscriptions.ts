import { isJSONRPCRequest, type JSONRPCRequest, type Server } from '@modelcontextprotocol/server'
import type { Call, Principal } from '../call.ts'
import { problems } from '../errors.ts'
import { approvalUri, refuse, type Resources } from './resources.ts'

/** Tells a listener the id of each approval to which something happens; answers how to end that. */
export type Happenings = (listener: (approvalId: string) => void) => () => void

/** Resources one session or one stream may subscribe to. */
export const MOST_SUBSCRIPTIONS = 100
/** Streams of changes that one principal may have open (2026-07-28). */
export const MOST_LISTENING = 20

/**
 * The subscriptions of sessions of the 2025 revisions (MCP 2025-11-25, server/resources, subscriptions): who may read an approval may be
 * told that it has changed, and reads it then.
 */
export class Subscriptions {
  readonly #held = new Map<Server, Set<string>>()
  readonly #resources: Resources
  readonly #end: (() => void) | undefined

  constructor(resources: Resources, happened: Happenings | undefined) {
    this.#resources = resources
    this.#end = happened?.((id) => this.#tell(approvalUri(id)))
  }

  /** Throws what reading it would throw, and `too_many_subscriptions`. */
  async add(server: Server, uri: string, call: Call): Promise<void> {
    await this.#resources.mustChange(uri, call)
    const uris = this.#held.get(server) ?? new Set()
    if (uris.size >= MOST_SUBSCRIPTIONS && !uris.has(uri))
      return refuse(call, uri)(problems.tooManySubscriptions(MOST_SUBSCRIPTIONS))
    this.#held.set(server, uris.add(uri))
  }

  remove(server: Server, uri: string): void {
    const uris = this.#held.get(server)
    uris?.delete(uri)
    if (uris?.size === 0) this.#held.delete(server)
  }

  /** To be called when a session has ended. */
  forget(server: Server): void {
    this.#held.delete(server)
  }

  close(): void {
    this.#end?.()
    this.#held.clear()
  }

  #tell(uri: string): void {
    for (const [server, uris] of this.#held) if (uris.has(uri)) tell(server, uri)
  }
}

/** Tells one client. A client that is gone needs no notification. */
export function tell(server: Server, uri: string): void {
  server.sendResourceUpdated({ uri }).catch(() => undefined)
}

/** A request for a stream of changes (MCP 2026-07-28, basic/utilities/subscriptions). */
export const isListen = (message: unknown): message is JSONRPCRequest =>
  isJSONRPCRequest(message) && message.method === 'subscriptions/listen'

/**
 * A request for a stream of changes without the resources that its caller may not read, at most a hundred: the server then acknowledges
 * what it will really tell. Any other message comes back as it is.
 */
export async function narrowed<M>(
  message: M,
  mayBeTold: (uri: string, request: JSONRPCRequest) => Promise<boolean>,
): Promise<M | JSONRPCRequest> {
  if (!isListen(message)) return message
  const wanted = message.params?.['notifications']
  const uris = urisIn(wanted).slice(0, MOST_SUBSCRIPTIONS)
  if (typeof wanted !== 'object' || uris.length === 0) return message
  const told = await Promise.all(uris.map(async (uri) => ((await mayBeTold(uri, message)) ? [uri] : [])))
  return { ...message, params: { ...message.params, notifications: { ...wanted, resourceSubscriptions: told.flat() } } }
}

function urisIn(wanted: unknown): string[] {
  const listed: unknown =
    typeof wanted === 'object' && wanted !== null && 'resourceSubscriptions' in wanted
      ? wanted.resourceSubscriptions
      : []
  return Array.isArray(listed) ? [...new Set(listed.filter((uri) => typeof uri === 'string'))] : []
}

/** Counts what each principal has open. */
export class Places {
  readonly #taken = new Map<string, number>()

  /** Takes one; answers how to give it back. Throws `too_many_streams`. */
  take({ kind, subject }: Principal): () => void {
    const owner = `${kind}:${subject}`
    const taken = this.#taken.get(owner) ?? 0
    if (taken >= MOST_LISTENING) throw problems.tooManyStreams(MOST_LISTENING)
    this.#taken.set(owner, taken + 1)
    return () => this.#giveBack(owner)
  }

  #giveBack(owner: string): void {
    const taken = this.#taken.get(owner) ?? 0
    if (taken > 1) this.#taken.set(owner, taken - 1)
    else this.#taken.delete(owner)
  }
}
