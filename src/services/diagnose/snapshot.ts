import type { KubeObject } from '../../kubernetes/types.ts'
import type { ObjectName } from './finding.ts'

/** What is looked at. */
export type Scope =
  | { of: 'cluster' }
  | { of: 'namespace'; namespace: string }
  /** What a Helm release made, and the records of its revisions. */
  | { of: 'release'; namespace: string; name: string; objects: readonly ObjectName[] }
  /** One object, with what it owns, what owns it and what it is about. */
  | { of: 'object'; object: ObjectName }

/** The last words of a container's previous run (or of the one that ended), masked, oldest first; at most 16 KiB. */
export interface Tail {
  namespace: string
  pod: string
  container: string
  previous: boolean
  lines: readonly string[]
}

/** Something that was not looked at, and why: `secrets`, `forbidden: …`. */
export interface Gap {
  what: string
  why: string
}

/** Everything that a diagnosis is made of: gathered once, masked, then only read. Saved as JSON, it can be diagnosed anywhere. */
export interface Snapshot {
  version: 1
  context: string
  scope: Scope
  /** RFC 3339, from the clock of the server that gathered. Rules know no other now. */
  takenAt: string
  /**
   * Objects by kind and group (`Pod`, `Deployment.apps`), masked. Kinds that were not read are absent, and named in `gaps` where they were
   * wanted. Secrets hold no data: of one with a certificate, the annotation-free `expires` and `names` stand in `certificates`.
   */
  objects: Readonly<Record<string, readonly KubeObject[]>>
  /** Kinds of which only some objects were read: one that is not here may be there all the same. */
  partial: readonly string[]
  certificates: readonly Certificate[]
  tails: readonly Tail[]
  /** Memory and CPU of containers where the metrics API answers. */
  usage: readonly Usage[]
  gaps: readonly Gap[]
}

/** Dates of a certificate in a TLS Secret; nothing else of it. */
export interface Certificate {
  namespace: string
  secret: string
  /** RFC 3339. */
  notBefore: string
  notAfter: string
  names: readonly string[]
}

/** Names that are kept of a certificate: one with so many may have more. */
export const MOST_NAMES = 100

/** What a container uses now. */
export interface Usage {
  namespace: string
  pod: string
  container: string
  /** Bytes. */
  memory: number
  /** Cores. */
  cpu: number
}
