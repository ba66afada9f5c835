import type { Call } from '../call.ts'
import { Api } from '../kubernetes/api.ts'
import type { Connection } from '../kubernetes/connection.ts'
import { Discovery } from '../kubernetes/discovery.ts'
import type { Resource } from '../kubernetes/types.ts'

// Discovery per configuration of a context: when the kubeconfig changes, what the old cluster had is forgotten with it.
const discoveries = new WeakMap<object, Discovery>()

function discoveryOf({ identity }: Connection): Discovery {
  const known = discoveries.get(identity)
  if (known !== undefined) return known
  const made = new Discovery()
  discoveries.set(identity, made)
  return made
}

/** One caller's hold on one context: everything a service needs to read from that cluster. */
export class Cluster {
  readonly call: Call
  readonly api: Api
  readonly discovery: Discovery
  constructor(connection: Connection, call: Call) {
    this.call = call
    this.api = new Api(connection, call)
    this.discovery = discoveryOf(connection)
  }

  get context(): string {
    return this.api.context
  }

  /** The namespace of a call that names none: the context's own, as with kubectl. */
  get namespace(): string {
    return this.api.connection.context.namespace
  }

  /** The resource type behind a user's word for a kind. Throws `unknown_kind`, `ambiguous_kind`. */
  resolve(kind: string): Promise<Resource> {
    return this.discovery.resolve(this.api, kind)
  }
}
