import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { Compile } from 'typebox/compile'
import { diagnose } from '../../src/services/diagnose/diagnose.ts'
import type { Finding } from '../../src/services/diagnose/finding.ts'
import { Diagnosis } from '../../src/services/diagnose/report.ts'
import { rules } from '../../src/services/diagnose/rules/index.ts'
import { diagnosisText } from '../../src/services/diagnose/text.ts'
import { objects } from '../describe/recorded.ts'
import { troubles } from './snapshot.ts'
import { callable } from './steps.ts'

/**
 * What is to come of each recorded object (`namespace/Kind/name`): the id of its finding; null where nothing is wrong or all is meant so;
 * or the object whose finding swallows it.
 */
const EXPECTED: Record<string, string | null> = JSON.parse(
  readFileSync(new URL('expected.json', import.meta.url), 'utf8'),
)

const keyOf = ({ object: { kind, namespace, name } }: Finding) => `${namespace}/${kind.split('.')[0]}/${name}`
const diagnosis = await diagnose(troubles(), rules)
const idsOf = (key: string) => diagnosis.findings.filter((each) => keyOf(each) === key).map(({ id }) => id)

suite('of the recorded troubles', () => {
  for (const { key } of objects)
    test(`${key}: ${EXPECTED[key] ?? 'nothing'}`, () => {
      const expected = EXPECTED[key]
      assert.notEqual(expected, undefined, 'expected.json says nothing of it')
      if (typeof expected === 'string' && !expected.includes('/')) return assert.deepEqual(idsOf(key), [expected])
      assert.deepEqual(idsOf(key), [])
      if (typeof expected === 'string') assert.equal(idsOf(expected).length, 1, `${expected} swallows it`)
    })

  test('nothing else is found', () => {
    const known = new Set(objects.map(({ key }) => key))
    assert.deepEqual(
      diagnosis.findings.filter((each) => !known.has(keyOf(each))).map((each) => `${each.id} ${keyOf(each)}`),
      [],
    )
  })

  test('each next step is an operation that is there, with arguments that it takes', () => {
    callable(diagnosis.findings)
  })

  test('no rule fails over any of them', () => assert.deepEqual(diagnosis.gaps, []))

  test('each finding rests on evidence, says what to do, and keeps to the schema', () => {
    assert.ok(Compile(Diagnosis).Check(diagnosis), JSON.stringify(Compile(Diagnosis).Errors(diagnosis).slice(0, 3)))
    for (const finding of diagnosis.findings) {
      assert.ok(finding.evidence.length > 0, keyOf(finding))
      assert.ok(finding.next.length > 0, keyOf(finding))
      assert.match(finding.cause, /^[\p{L}\d"(].{15,}[^.\s]$/su, `${keyOf(finding)}: a sentence without a full stop`)
    }
  })
})

test('14 workloads in trouble are told with cause, evidence and next step in 6 KB', async () => {
  const broken = objects
    .filter(({ key }) => EXPECTED[key] !== null && !String(EXPECTED[key]).includes('/'))
    .slice(0, 14)
  const names = new Set(broken.map(({ key }) => key))
  const shop = await diagnose(troubles(), rules)
  const findings = shop.findings.filter((each) => names.has(keyOf(each)))
  const text = diagnosisText({ ...shop, findings })
  assert.equal(findings.length, 14)
  assert.ok(Buffer.byteLength(text) <= 6000, `${Buffer.byteLength(text)} bytes`)
  for (const { cause, id } of findings) assert.ok(text.includes(cause.slice(0, 100)), `${id}: its cause is there`)
  for (const mark of ['  - ', '  > ']) assert.ok(text.split(mark).length > 14, `each has its line of ${mark}`)
})
