import { promisify } from 'node:util'
import { gunzip, gunzipSync, type InputType, type ZlibOptions } from 'node:zlib'
import type { Fields } from '../describe/read.ts'
import { isTooDeep } from './nesting.ts'
import { readRelease } from './release-fields.ts'
import type { ReleaseStatus } from './status.ts'

export type { ReleaseStatus } from './status.ts'

/** The last run of a hook. Times are RFC 3339, absent before it began or ended. */
export interface HookRun {
  phase: string
  started?: string
  completed?: string
}

/** An object that Helm makes at some point of a change, and keeps out of the manifest. */
export interface Hook {
  name: string
  kind: string
  /** Template it came from. */
  path: string
  /** When it runs: pre-install, post-upgrade, test, ... */
  events: readonly string[]
  weight: number
  deletePolicies: readonly string[]
  outputLogPolicies: readonly string[]
  manifest: string
  lastRun?: HookRun
}

/** The chart of a release, as Helm stored it. Subcharts are in none: Helm does not store them. */
export interface ReleaseChart {
  name: string
  version: string
  appVersion: string
  /** Chart.yaml. */
  metadata: Fields
  /** Default values. */
  values: Fields
  /** Text of its values.schema.json. */
  schema?: string
}

/** One revision of a release. Nothing in it is masked. Times are RFC 3339 as Helm wrote them. */
export interface Release {
  namespace: string
  name: string
  revision: number
  status: ReleaseStatus
  description: string
  notes: string
  firstDeployed?: string
  lastDeployed?: string
  /** When it was uninstalled. */
  deleted?: string
  /** The revision that it is a rollback to (Helm 4). */
  rollbackRevision?: number
  /** How its objects were written: server-side apply or not; absent: client-side (Helm 3). */
  applyMethod?: 'ssa' | 'csa'
  chart: ReleaseChart
  /** Values that the user gave. */
  values: Fields
  /** Everything rendered but the hooks, as YAML. */
  manifest: string
  hooks: readonly Hook[]
  labels: Readonly<Record<string, string>>
}

/** Most bytes of a release once unpacked. The largest charts in use come to 10 MiB: what is packed has to fit into a Secret. */
const MOST_UNPACKED = 16 * 1024 * 1024

const SMALL = 64 * 1024
const SMALL_UNPACKED = 1024 * 1024

/** Why a stored release cannot be read; a sentence without a full stop, with nothing of what is stored in it. */
export class Damaged extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'Damaged'
  }
}

const unpack: (bytes: InputType, options: ZlibOptions) => Promise<Buffer> = promisify(gunzip)

/**
 * The release that Helm 3 or 4 stored: base64 of JSON, which is gzipped but for releases of the first Helm 3 versions. `payload`: the
 * text that Helm wrote, without the base64 of a Secret around it. Throws {@link Damaged}.
 */
export async function decodeRelease(payload: string, labels: Readonly<Record<string, string>> = {}): Promise<Release> {
  const release = readRelease(await decodeJson(payload), labels)
  if (release === undefined) throw new Damaged('it does not say name, namespace and version of a release')
  if (isTooDeep([release.values, release.chart.values, release.chart.metadata]))
    throw new Damaged('its values are nested too deeply')
  return release
}

/** The JSON that Helm stored: {@link decodeRelease} says how, and what it throws. */
export const decodeJson = async (payload: string): Promise<unknown> =>
  parsed(await unpacked(Buffer.from(payload, 'base64')))

const isGzip = (bytes: Buffer) => bytes.length > 3 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08

async function unpacked(bytes: Buffer): Promise<Buffer> {
  if (!isGzip(bytes)) return bytes
  try {
    return quickly(bytes) ?? (await unpack(bytes, { maxOutputLength: MOST_UNPACKED }))
  } catch (error) {
    const isTooLarge = error instanceof RangeError
    throw new Damaged(
      isTooLarge ? `it unpacks to more than ${MOST_UNPACKED} bytes` : 'it is not the gzip stream that Helm writes',
    )
  }
}

// The way to another thread and back takes longer than a usual release takes here. undefined: it is not a usual one.
function quickly(bytes: Buffer): Buffer | undefined {
  if (bytes.length > SMALL) return undefined
  try {
    return gunzipSync(bytes, { maxOutputLength: SMALL_UNPACKED })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw new Damaged('what it holds is not the JSON that Helm writes')
  }
}
