import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isScalar, parseDocument } from 'yaml'
import { kubectlReading } from '../../src/services/manifests/scalars.ts'
import { isRecord } from '../cluster/client.ts'
import { clusterTest } from '../cluster/shared.ts'
import { configMap, dataOf, faultOf } from './support.ts'

const SAME =
  'oN True TRUE tRUE true false ~ null Null NULL 08 09 0o7 0o777 _1 +_ -_ 0x_ .5 5. +12 -12 +.5 -.5 1e3 1E3 1e+3 12:30:45 1:30 190:20:30 2001-01-01 ' +
  '2001-12-14t21:59:43.10-05:00 0.1 1.0 1.50 100m 1Gi = 0x 0b 0b2 0o8 0o 00 -0 +0 0.0 01.5 1e 1e5 1e-7 123e 0x1p-2 1.e5 .e5 . .. -. + 1,000 infinity inf ' +
  'nan NaN 0777. 0777.5 08.5 0e0 007 -07 +07 -08 010e2 1e21 0.1e-400 0o-7 1.2.3 v1 0xg ._5 .5_ ._ ._inf .i_nf -.NaN 0x1FFFFFFFFFFFFF ½ truE yEs oFF nUll v1_0'
const DIFFERENT =
  'no yes on off y n Y N No NO Yes YES On ON Off OFF 0777 -0777 0O7 0b11 0B11 -0b1 -0x1F +0x1 0X1f 1_000 1__0 1_000.5 .1_0 1e3_0 0_7 0x_1 077_7 -1_0 1_ 1_.5 ' +
  '1._5 0b_1 -._5 +_5 -_5 1e_5 1_e5 -.5_0 0_x1 0_b1 1_000_ 0x1_F +0b1 +0o7 08_1 0_8'
const words = (text: string) => text.split(' ')

// yaml's reading of each, and kubectl's, as this server believes it to be.
const yamlReading = (text: string): unknown => {
  const { contents } = parseDocument(text)
  return isScalar(contents) ? contents.value : undefined
}

// JSON has no -0.
const unsigned = (value: unknown) => (value === 0 ? 0 : value)

clusterTest('every plain scalar is read as kubectl reads it, or refused', async (cluster) => {
  const scalars = [...words(SAME), ...words(DIFFERENT)]
  const manifest = configMap(...scalars.map((text, index) => `k${index}: ${text}`))
  const { stdout, stderr } = await cluster.kubectl(
    ['create', '--dry-run=client', '--validate=false', '--output=json', '--filename=-'],
    { input: manifest },
  )
  const read: unknown = JSON.parse(stdout || `"${stderr}"`)
  assert.ok(isRecord(read) && isRecord(read['data']), stderr)
  for (const [index, text] of scalars.entries())
    assert.deepEqual(unsigned(kubectlReading(text)), read['data'][`k${index}`], text)
})

test('scalars that YAML 1.1 and 1.2 read alike are taken', () => {
  const scalars = words(SAME)
  const data = dataOf(configMap(...scalars.map((text, index) => `k${index}: ${text}`)))
  assert.ok(isRecord(data))
  for (const [index, text] of scalars.entries()) assert.deepEqual(data[`k${index}`], yamlReading(text), text)
})

for (const text of words(DIFFERENT))
  test(`refused, for YAML 1.1 and 1.2 disagree about it: ${text}`, () => {
    assert.match(
      faultOf(configMap(`k: ${text}`)),
      /^Line 6, data\.k: .* to kubectl \(YAML 1\.1\) and .* to YAML 1\.2\. Write ".*" for the text/,
    )
    assert.match(faultOf(configMap(`k: [[${text}]]`)), /^Line 6, data\.k\[0\]\[0\]: /)
    assert.deepEqual(dataOf(configMap(`k: "${text}"`, `l: '${text}'`)), { k: text, l: text })
  })

test('the refusal says both readings and what to write', () => {
  assert.equal(
    faultOf(configMap('enabled: no')),
    'Line 6, data.enabled: no is the boolean false to kubectl (YAML 1.1) and the text "no" to YAML 1.2. Write "no" for the text, false for what kubectl reads.',
  )
  assert.equal(
    faultOf(configMap('mode: 0777')),
    'Line 6, data.mode: 0777 is 511 to kubectl (YAML 1.1) and 777 to YAML 1.2. Write "0777" for the text, 777 for what YAML 1.2 reads, 511 for what kubectl reads.',
  )
})

test('keys that would be rewritten have to be quoted', () => {
  for (const key of ['yes', 'on', 'n', '0777', '0o7', '1.0', '1e3', 'True', 'null', '~', '1_000', '+1'])
    assert.match(
      faultOf(configMap(`${key}: v`)),
      /^Line 6, data: the key .* is read as .*, not as this text\. Write "/,
      key,
    )
  assert.deepEqual(dataOf(configMap('"yes": v', '8080: w', 'true: x', '2001-01-01: z')), {
    yes: 'v',
    8080: 'w',
    true: 'x',
    '2001-01-01': 'z',
  })
})

test('multi-line and block scalars are text, whatever they look like', () => {
  assert.deepEqual(dataOf(configMap('a: |', '  no', 'b: >-', '  0777', 'c: no', '  more')), {
    a: 'no\n',
    b: '0777',
    c: 'no more',
  })
})
