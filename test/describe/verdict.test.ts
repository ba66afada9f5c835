import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../src/services/describe/describe.ts'
import type { Finding, Severity } from '../../src/services/diagnose/finding.ts'
import { make, snapshot } from './build.ts'
import { EXPECTED } from './expected.ts'
import { findingsOf } from './judged.ts'
import { objects, snapshotOf } from './recorded.ts'

test('every recorded object is expected to say something, or nothing', () => {
  assert.deepEqual(objects.map(({ key }) => key).toSorted(), Object.keys(EXPECTED).toSorted())
})

for (const recorded of objects) {
  test(`${recorded.key} says what is wrong in one line`, async () => {
    const { verdict } = describe(snapshotOf(recorded), { maxBytes: 8192, findings: await findingsOf(recorded) })
    assert.equal(verdict ?? null, EXPECTED[recorded.key])
  })
}

const finding = (severity: Severity, kind: string, cause: string): Finding => ({
  id: 'crash-loop',
  severity,
  object: { kind, namespace: 'shop', name: 'web' },
  cause,
  evidence: [],
  next: [],
  page: '/docs/troubleshooting/crash-loop',
})
const said = (...findings: readonly Finding[]) =>
  describe(snapshot(make('apps/v1 Deployment')), { maxBytes: 8192, findings }).verdict

test('an object speaks for itself before what belongs to it does, however urgent that is', () => {
  const [own, other] = [finding('info', 'Deployment.apps', 'it rests'), finding('critical', 'Service', 'it is gone')]
  assert.equal(said(other, own), 'it rests')
  assert.equal(said(other), 'it is gone')
})

test('what is only good to know of others is no verdict on the object', () => {
  assert.equal(said(finding('info', 'Service', 'it rests')), undefined)
  assert.equal(said(), undefined)
})

test('a verdict is one plain line of bounded length', () => {
  const cause = `one\ntwo \u001b[31mred ${'long '.repeat(300)}`
  const line = said(finding('warning', 'Deployment.apps', cause)) ?? ''
  assert.match(line, /^one two \[31mred long .*…$/)
  assert.ok(line.length <= 640)
})
