import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { maskObject } from '../../src/services/safety/mask-object.ts'
import { LineScrubber, scrubText, scrubValue } from '../../src/services/safety/scrub-text.ts'
import { type Canary, canaries, type Plant, tracesOf } from '../data/canaries.ts'

const object = (
  kind: string,
  fields: Record<string, unknown>,
  annotations: Record<string, string> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'planted', annotations },
  ...fields,
})

const inPod = (container: object) =>
  object('Deployment', { spec: { template: { spec: { containers: [{ name: 'x', ...container }] } } } })
const encoded = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))

/** What the API server would answer, as we would show it. */
function shown(plant: Plant): unknown {
  if (plant.place === 'log') return throughLines(plant.lines)
  if (plant.place === 'helm') return scrubValue(plant.values)
  if (plant.place === 'event') return scrubText(plant.message)
  return maskObject(objectWith(plant))
}

function throughLines(lines: readonly string[]): string[] {
  const scrubber = new LineScrubber()
  return lines.map((line) => scrubber.line(line))
}

function objectWith(plant: Exclude<Plant, { place: 'log' | 'helm' | 'event' }>): KubeObject {
  if (plant.place === 'secret') return object('Secret', { type: plant.type, data: encoded(plant.data) })
  if (plant.place === 'configmap') return object('ConfigMap', { data: plant.data })
  if (plant.place === 'env') return inPod({ env: [{ name: plant.name, value: plant.value }] })
  if (plant.place === 'args') return inPod({ args: plant.args })
  if (plant.place === 'annotation') return object('Pod', {}, { [plant.key]: plant.value })
  return object('Pod', {}, { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(plant.manifest) })
}

/** A canary proves nothing where its own traces would not be found in what is planted. */
const isPlanted = ({ plant, secret }: Canary) => {
  const text =
    plant.place === 'secret' ? JSON.stringify(encoded(plant.data)) + JSON.stringify(plant.data) : JSON.stringify(plant)
  return text.includes(secret) || /"(?:H4sI|release)/.test(text)
}

test('there are more than 50 canaries, each planted, none like another', () => {
  assert.ok(canaries.length > 50)
  assert.equal(new Set(canaries.map(({ secret }) => secret)).size, canaries.length)
  assert.deepEqual(
    canaries.filter((canary) => !isPlanted(canary)),
    [],
  )
  assert.equal(new Set(canaries.map(({ plant }) => plant.place)).size, 9)
})

for (const canary of canaries) {
  test(`no trace of the canary "${canary.shape}" in ${canary.plant.place} is shown`, () => {
    const answer = shown(canary.plant)
    const text = JSON.stringify(answer)
    for (const trace of tracesOf(canary)) assert.ok(!text.includes(trace), text)
    assert.ok(text.includes('<masked>'), text)
    assert.deepEqual(scrubValue(answer), answer)
  })
}

/** Whatever is planted may come back in another form: a manifest in a log line, an object in an error. */
test('canaries in objects are masked in the text of those objects as well', () => {
  for (const canary of canaries) {
    const { plant } = canary
    if (plant.place === 'log' || plant.place === 'helm' || plant.place === 'event' || plant.place === 'args') continue
    const text = scrubText(`error applying ${JSON.stringify(objectWith(plant))}: refused`)
    for (const trace of tracesOf(canary)) assert.ok(!text.includes(trace), `${canary.shape}: ${text}`)
  }
})
