import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printedPod } from '../../src/services/describe/pod-status.ts'
import { objects, type Recorded } from './recorded.ts'

const pods = objects.filter(({ object }) => object.kind === 'Pod')

/** NAME READY STATUS RESTARTS (LAST) AGE */
const columns = ({ kubectl }: Recorded): string[] => kubectl.split(/ {2,}/).slice(1, 4)

test('pods have the READY and STATUS that kubectl printed for them', () => {
  assert.ok(pods.length >= 30)
  for (const recorded of pods) {
    const [ready, status] = columns(recorded)
    const printed = printedPod(recorded.object)
    assert.deepEqual([`${printed.ready}/${printed.total}`, printed.status], [ready, status], recorded.key)
  }
})

test('pods have the restarts that kubectl counted for them', () => {
  for (const recorded of pods) {
    const [count] = (columns(recorded)[2] ?? '').split(' ')
    assert.equal(String(printedPod(recorded.object).restarts), count, recorded.key)
  }
})
