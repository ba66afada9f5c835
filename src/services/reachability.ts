import type { KubernetesRequest } from '../call.ts'
import { Problem } from '../errors.ts'
import { Api, UNLIMITED } from '../kubernetes/api.ts'
import type { Connection, Connections } from '../kubernetes/connection.ts'
import { fieldsAt, textAt } from './describe/read.ts'

/** How a context was when it was last looked at. */
export interface Reached {
  state: 'connected' | 'unavailable' | 'unknown'
  /** Time of one small request, in milliseconds. */
  latency?: number
  version?: string
  /** Who the API server takes us for. */
  user?: string
  problem?: string
}

const FRESH_MS = 5_000
const LOOK_MS = 5_000
const UNKNOWN: Reached = { state: 'unknown' }

interface Look {
  reached: Reached
  at: number
  running: Promise<Reached> | undefined
}

/** Knows of every context whether it answers, without making a caller wait for one that does not. */
export class Reachability {
  readonly #connections: Connections
  readonly #looked: (request: KubernetesRequest) => void
  readonly #looks = new WeakMap<object, Look>()

  constructor(connections: Connections, looked: (request: KubernetesRequest) => void) {
    this.#connections = connections
    this.#looked = looked
  }

  /** What is known of a context after at most `patience` milliseconds; a look that takes longer goes on for the next caller. */
  async of(context: string, patience: number): Promise<Reached> {
    const connection = this.#open(context)
    if (connection instanceof Problem) return { state: 'unavailable', problem: connection.message }
    const look = this.#looks.get(connection.identity) ?? {
      reached: UNKNOWN,
      at: Number.NEGATIVE_INFINITY,
      running: undefined,
    }
    this.#looks.set(connection.identity, look)
    if (performance.now() - look.at < FRESH_MS) return look.reached
    look.running ??= this.#look(connection, look)
    return Promise.race([look.running, after(patience).then(() => look.reached)])
  }

  #open(context: string): Connection | Problem {
    try {
      return this.#connections.open(context)
    } catch (error) {
      if (error instanceof Problem) return error
      throw error
    }
  }

  async #look(connection: Connection, look: Look): Promise<Reached> {
    const requests: KubernetesRequest[] = []
    const api = new Api(connection, { signal: AbortSignal.timeout(LOOK_MS), requests, grant: UNLIMITED })
    look.reached = await meet(api)
    look.at = performance.now()
    look.running = undefined
    for (const request of requests) this.#looked(request)
    return look.reached
  }
}

async function meet(api: Api): Promise<Reached> {
  try {
    const start = performance.now()
    const version = await api.json<unknown>({ path: ['version'] })
    const latency = Math.round((performance.now() - start) * 10) / 10
    const [gitVersion, user] = [textAt(version, 'gitVersion'), await whoAmI(api)]
    return {
      state: 'connected',
      latency,
      ...(gitVersion === undefined ? {} : { version: gitVersion }),
      ...(user === undefined ? {} : { user }),
    }
  } catch (error) {
    const problem =
      error instanceof Problem ? error.message : `Context ${api.context} did not answer within ${LOOK_MS / 1000} s.`
    return { state: 'unavailable', problem }
  }
}

/** The username the API server takes this identity for; undefined where it may not be asked. */
export const whoAmI = async (api: Api): Promise<string | undefined> => textAt(await selfReview(api), 'username')

/** Who the API server takes this identity for (SelfSubjectReview, KEP-3325): its UserInfo; undefined where it may not be asked. */
export async function selfReview(api: Api): Promise<Record<string, unknown> | undefined> {
  try {
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
    const review = await api.json<unknown>({
      method: 'POST',
      path: ['apis', 'authentication.k8s.io', 'v1', 'selfsubjectreviews'],
      body,
    })
    return fieldsAt(review, 'status.userInfo')
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

const after = (milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds).unref())
