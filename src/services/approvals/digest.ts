import { createHash, timingSafeEqual } from 'node:crypto'
import { canonical } from './canonical.ts'
import type { Seal } from './seal.ts'
import type { Request } from './types.ts'

/** `sha256:` and the hash of the canonical form, in hex. */
export const sha256 = (value: unknown): string =>
  `sha256:${createHash('sha256').update(canonical(value)).digest('hex')}`

/** What each plan reads anew: the resourceVersions that a write carries. Every other field of a plan is in the digest, also one added later. */
const UNHASHED = 'versions'

/**
 * What an approver confirms to have seen: SHA-256 over the canonical JSON of everything that decides what will happen.
 * What may hold secrets enters as a keyed hash, or a digest would let its reader try guesses of a secret.
 */
export function digestOf(operation: string, request: Request, policyVersion: string, seal: Seal): string {
  const { input, plan, cluster, identity, scope } = request
  const { steps, diff, undo, targets, ...rest } = plan
  const preview = Object.fromEntries(Object.entries(rest).filter(([field]) => field !== UNHASHED))
  const secret = {
    input: seal.hash(input),
    steps: seal.hash(steps),
    diff: seal.hash(diff),
    undo: seal.hash(undo ?? null),
  }
  return sha256({ operation, cluster, identity, scope, targets, preview, secret, policyVersion })
}

/** Compares two digests in a time that does not tell where they differ. */
export function sameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
