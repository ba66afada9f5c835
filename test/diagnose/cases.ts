import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import type { Snapshot } from '../../src/services/diagnose/snapshot.ts'
import { told } from './build.ts'

/** What is there, and what is told of it. */
export interface Case {
  name: string
  objects: readonly KubeObject[]
  around?: Partial<Snapshot>
  /** What is told of pod web. */
  expect: string
}

/** A test of each case: one pod, one finding. */
export function check(cases: readonly Case[]): void {
  for (const { name, objects, around, expect } of cases)
    test(name, async () => assert.deepEqual(await told(objects, around), [expect.replace(': ', ' Pod/web: ')]))
}
