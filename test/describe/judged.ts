import assert from 'node:assert/strict'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { describe } from '../../src/services/describe/describe.ts'
import { diagnose } from '../../src/services/diagnose/diagnose.ts'
import { nameOf } from '../../src/services/diagnose/facts.ts'
import type { Finding } from '../../src/services/diagnose/finding.ts'
import { rules } from '../../src/services/diagnose/rules/index.ts'
import { snapshotOf as readOf, troubles } from '../diagnose/snapshot.ts'
import { callable } from '../diagnose/steps.ts'
import { now, snapshot } from './build.ts'
import type { Recorded } from './recorded.ts'

/**
 * What a diagnosis finds of an object where these others (events too) were read around it. `read`: kinds that were read though none may
 * be there.
 */
export async function diagnosed(
  object: KubeObject,
  others: readonly KubeObject[] = [],
  read: readonly string[] = [],
): Promise<readonly Finding[]> {
  const { objects } = readOf([object, ...others])
  const none = Object.fromEntries(read.map((kind) => [kind, []]))
  const whole = readOf([], {
    scope: { of: 'object', object: nameOf(object) },
    takenAt: now.toISOString(),
    objects: { ...none, ...objects },
  })
  const { findings, gaps } = await diagnose(whole, rules)
  assert.deepEqual(gaps, [])
  return callable(findings)
}

/** What a description of an object says first, where these others were read around it. */
export async function verdictOf(...given: Parameters<typeof diagnosed>): Promise<string | undefined> {
  return describe(snapshot(given[0]), { maxBytes: 65_536, findings: await diagnosed(...given) }).verdict
}

/** What a diagnosis finds of a recorded object. */
export async function findingsOf({ object }: Recorded): Promise<readonly Finding[]> {
  return (await diagnose(troubles({ of: 'object', object: nameOf(object) }), rules)).findings
}
