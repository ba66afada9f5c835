import assert from 'node:assert/strict'
import { operations } from '../../src/operations/index.ts'
import { parse } from '../../src/operations/parse.ts'
import type { Finding } from '../../src/services/diagnose/finding.ts'

/** Whoever follows a finding calls an operation that is there, with arguments that it takes. Answers the findings. */
export function callable(findings: readonly Finding[]): readonly Finding[] {
  for (const { id, next } of findings)
    for (const step of next.filter((each) => each.operation !== undefined)) {
      const operation = operations.find(({ name }) => name === step.operation)
      assert.ok(operation !== undefined, `${id}: ${step.operation} is no operation`)
      assert.doesNotThrow(() => parse(operation, step.arguments), `${id}: ${JSON.stringify(step)}`)
    }
  return findings
}
