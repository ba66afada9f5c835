import { createHash } from 'node:crypto'
import { problems } from '../../errors.ts'

/** A chart's bytes and where they are from, without anything secret. */
export interface FetchedChart {
  bytes: Buffer
  source: string
  /** Name that the source gives the chart; another one in it is a wrong chart. */
  name?: string
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Throws `bad_chart` where bytes are not those that were promised: `digest` is hex, with or without "sha256:". */
export function assertDigest(bytes: Buffer, digest: string, what: string): void {
  const promised = digest.replace(/^sha256:/, '').toLowerCase()
  if (promised === sha256(bytes)) return
  throw problems.badChart(`${what} does not have the digest it should have (sha256:${promised.slice(0, 64)})`)
}
