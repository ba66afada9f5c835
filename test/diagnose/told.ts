import type { KubeObject } from '../../src/kubernetes/types.ts'
import { diagnose } from '../../src/services/diagnose/diagnose.ts'
import type { Finding } from '../../src/services/diagnose/finding.ts'
import type { Rule } from '../../src/services/diagnose/rule.ts'
import type { Snapshot } from '../../src/services/diagnose/snapshot.ts'
import { now } from '../describe/build.ts'
import { snapshotOf } from './snapshot.ts'
import { callable } from './steps.ts'

/** What these rules find in a snapshot of these objects, taken at the moment of test/describe/build.ts. */
export async function found(
  rules: readonly Rule[],
  objects: readonly KubeObject[],
  around: Partial<Snapshot> = {},
): Promise<readonly Finding[]> {
  // Where nothing of a kind is there, it was read all the same.
  const { objects: read } = snapshotOf(objects)
  const none = Object.fromEntries(KINDS.map((kind) => [kind, []]))
  const snapshot = snapshotOf(objects, { takenAt: now.toISOString(), objects: { ...none, ...read }, ...around })
  return callable((await diagnose(snapshot, rules)).findings)
}

/** The same as lines: `critical selector-unmatched: Service shop/web selects …`. */
export const told = async (...given: Parameters<typeof found>): Promise<string[]> =>
  (await found(...given)).map(({ severity, id, cause }) => `${severity} ${id}: ${cause}`)

const KINDS = [
  'Pod',
  'Service',
  'Secret',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'EndpointSlice.discovery.k8s.io',
  'StorageClass.storage.k8s.io',
  'IngressClass.networking.k8s.io',
  'Ingress.networking.k8s.io',
]
