import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical } from '../../src/services/approvals/canonical.ts'

test('the sample of RFC 8785 3.2.2 has the form that RFC 8785 3.2.3 gives', () => {
  const sample: unknown = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`)
  const expected =
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
  assert.equal(canonical(sample), expected)
})

test('members are sorted by UTF-16 code units, as the example of RFC 8785 3.2.3', () => {
  const sample = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  }
  const order = [...canonical(sample).matchAll(/:"([^"]+)"/g)].map(([, value]) => value)
  assert.deepEqual(order, [
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ])
})

// RFC 8785 appendix B: IEEE 754 bits and the text they must have.
const NUMBERS: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
]
for (const [bits, text] of NUMBERS) {
  test(`the number of bits ${bits} is written ${text}`, () =>
    assert.equal(canonical(Buffer.from(bits, 'hex').readDoubleBE()), text))
}

test('keys that look like integers are sorted as text, and not moved to the front by value', () =>
  assert.equal(canonical({ b: 1, 10: 2, 9: 3, a: 4 }), '{"10":2,"9":3,"a":4,"b":1}'))

test('a member named __proto__ counts like any other', () =>
  assert.equal(canonical(JSON.parse('{"b":1,"__proto__":{"x":1}}')), '{"__proto__":{"x":1},"b":1}'))

const cycle: unknown[] = []
cycle.push(cycle)
const REFUSED: readonly (readonly [string, unknown])[] = [
  ['NaN', Number.NaN],
  ['infinity', Infinity],
  ['a lone surrogate', 'a\ud800'],
  ['a key with a lone surrogate', { 'a\udc00': 1 }],
  ['undefined', undefined],
  ['a hole of an array', Array.from({ length: 1 })],
  ['a bigint', 1n],
  ['a function', () => 1],
  ['a Date', new Date(0)],
  ['a Map', new Map()],
  ['a cycle', cycle],
]
for (const [name, value] of REFUSED) {
  test(`${name} has no canonical form and is refused`, () => assert.throws(() => canonical(value), TypeError))
}

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })

test('the order of members never counts', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, each]) => [key, shuffled(each)]),
    )
  }
  fc.assert(fc.property(json, (value) => canonical(shuffled(value)) === canonical(value)))
})

test('what is written reads back as the same value, and writing that again gives the same text', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonical(value)
      assert.equal(canonical(JSON.parse(text)), text)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
    }),
  )
})
