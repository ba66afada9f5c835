import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineScrubber } from '../../src/services/safety/scrub-text.ts'

const mark = (edge: string, kind = 'RSA ') => `-----${edge} ${kind}PRIVATE KEY-----`
const BODY = Array.from({ length: 25 }, (_, line) => `${'MIIEabcd/+0'.repeat(6).slice(0, 62)}${10 + line}`)

function through(lines: readonly string[]): string[] {
  const scrubber = new LineScrubber()
  return lines.map((line) => scrubber.line(line))
}

test('a private key over several lines is masked from its first line to its last, and lines after it are shown', () => {
  const shown = through(['loading', mark('BEGIN'), ...BODY, 'abcd', mark('END'), 'ready on port 8080'])
  assert.deepEqual(shown, [
    'loading',
    mark('BEGIN'),
    ...BODY.map(() => '<masked>'),
    '<masked>',
    '<masked>',
    'ready on port 8080',
  ])
})

test('what a logger writes in front of each line stays', () => {
  const prefix = '2026-11-22T17:24:44Z stderr F '
  const shown = through([mark('BEGIN'), ...BODY.slice(0, 2), mark('END')].map((line) => prefix + line))
  assert.deepEqual(shown, [prefix + mark('BEGIN'), `${prefix}<masked>`, `${prefix}<masked>`, `${prefix}<masked>`])
})

test('the lines of a key may stand in quotes', () => {
  const shown = through([`  "${mark('BEGIN')}\\n",`, ...BODY.map((line) => `  "${line}\\n",`), `  "${mark('END')}"`])
  for (const line of BODY) assert.ok(!shown.join('\n').includes(line))
})

test('prose that only names a key hides no lines after it, and a key cut off hides only what looks like one', () => {
  const lines = [
    `expected ${mark('BEGIN')}, got nothing`,
    'listening on :8080',
    'GET /healthz 200',
    'OK',
    'pod web-7d4b9c8f6d-abcde is ready',
  ]
  assert.deepEqual(through(lines), lines)
})

test('a key without end stops masking after 1,000 lines', () => {
  const scrubber = new LineScrubber()
  scrubber.line(mark('BEGIN'))
  for (let line = 0; line < 1000; line++) assert.equal(scrubber.line('aaaa'.repeat(8)), '<masked>')
  assert.equal(scrubber.line('aaaa'.repeat(8)), 'aaaa'.repeat(8))
})

test('a key without end stops masking after 64 KiB', () => {
  const scrubber = new LineScrubber()
  scrubber.line(mark('BEGIN'))
  for (let line = 0; line < 17; line++) assert.equal(scrubber.line('aaaa'.repeat(1000)), '<masked>')
  assert.equal(scrubber.line('aaaa'.repeat(8)), 'aaaa'.repeat(8))
})

test('a second key may begin in the line that ends the first, and other secrets are masked as in any text', () => {
  const [body = ''] = BODY
  const shown = through([
    mark('BEGIN'),
    body,
    `${mark('END')} ${mark('BEGIN', 'EC ')}`,
    body,
    mark('END', 'EC '),
    'password=hunter2',
  ])
  assert.deepEqual(shown, [
    mark('BEGIN'),
    '<masked>',
    `<masked> ${mark('BEGIN', 'EC ')}`,
    '<masked>',
    '<masked>',
    'password=<masked>',
  ])
})

test('a whole key in one line hides no line after it', () => {
  const [body = ''] = BODY
  assert.deepEqual(through([`key: ${mark('BEGIN')}\\n${body}\\n${mark('END')}`, body]), ['key: <masked>', body])
})

test('streams do not disturb each other', () => {
  const [body = ''] = BODY
  const [one, other] = [new LineScrubber(), new LineScrubber()]
  one.line(mark('BEGIN'))
  assert.equal(other.line(body), body)
  assert.equal(one.line(body), '<masked>')
})
