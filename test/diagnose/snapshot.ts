import type { KubeObject } from '../../src/kubernetes/types.ts'
import { kindKey } from '../../src/services/describe/read.ts'
import type { Scope, Snapshot } from '../../src/services/diagnose/snapshot.ts'
import { now, objects } from '../describe/recorded.ts'

/** A snapshot of these objects, events among them, and nothing else. */
export const snapshotOf = (all: readonly KubeObject[], around: Partial<Snapshot> = {}): Snapshot => ({
  version: 1,
  context: 'test',
  scope: { of: 'cluster' },
  takenAt: now.toISOString(),
  objects: Object.fromEntries(Map.groupBy(all, kindKey)),
  partial: [],
  certificates: [],
  tails: [],
  usage: [],
  gaps: [],
  ...around,
})

/** What a gatherer would have read of the recorded troubles (test/data/troubles). */
export const troubles = (scope: Scope = { of: 'cluster' }): Snapshot =>
  snapshotOf(
    objects.flatMap(({ object, events }) => [object, ...events]),
    { scope },
  )
