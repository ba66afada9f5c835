import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesText, cpuText, quantity } from '../../src/services/describe/quantity.ts'
import { podResource } from '../../src/services/describe/sections/pod-resources.ts'
import { make } from './build.ts'

test('quantities of every form are the numbers they stand for', () => {
  const numbers = {
    '250m': 0.25,
    '1.5': 1.5,
    '2': 2,
    '1e3': 1000,
    '64Mi': 64 * 2 ** 20,
    '1G': 1e9,
    '10k': 1e4,
  }
  for (const [text, number] of Object.entries(numbers)) assert.equal(quantity(text), number, text)
  assert.equal(quantity(3), 3)
})

test('what is no quantity has no number', () => {
  for (const text of ['', 'many', 'Mi', '1 Gi', '1Xi', undefined, null, {}]) assert.equal(quantity(text), undefined)
})

test('cores and bytes are written short and exact', () => {
  assert.deepEqual([0.25, 2, 1.5].map(cpuText), ['250m', '2', '1500m'])
  const bytes = [512, 2 ** 10, 64 * 2 ** 20, 2 ** 31, 10.5 * 2 ** 30]
  assert.deepEqual(bytes.map(bytesText), ['512', '1Ki', '64Mi', '2Gi', '11Gi'])
})

const container = (name: string, cpu: string, more = {}) => ({ name, resources: { requests: { cpu } }, ...more })
const requested = (spec: object) => Math.round(1000 * podResource(make('v1 Pod', { spec }), 'requests', 'cpu'))

test('a pod asks for its containers and sidecars together, or for what it takes to start', () => {
  const sidecar = container('mesh', '100m', { restartPolicy: 'Always' })
  const containers = [container('a', '200m'), container('b', '300m')]
  assert.equal(requested({ containers }), 500)
  assert.equal(requested({ containers, initContainers: [sidecar] }), 600)
  assert.equal(requested({ containers, initContainers: [sidecar, container('big', '2')] }), 2100)
  assert.equal(requested({ containers, initContainers: [container('big', '2'), sidecar] }), 2000)
})

test('overhead is added to requests only, and what is asked for the whole pod counts instead', () => {
  const containers = [container('a', '200m')]
  assert.equal(requested({ containers, overhead: { cpu: '50m' } }), 250)
  assert.equal(podResource(make('v1 Pod', { spec: { containers, overhead: { cpu: '50m' } } }), 'limits', 'cpu'), 0)
  assert.equal(requested({ containers, resources: { requests: { cpu: '1' } } }), 1000)
})
