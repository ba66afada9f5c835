import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineSplitter, LONGEST_READ, type LogLine, logTime } from '../../src/kubernetes/logs.ts'

const T = '2026-01-02T03:04:05.000000001Z'

function split(bytes: Buffer, sizes: readonly number[]): LogLine[] {
  const splitter = new LineSplitter()
  const lines: LogLine[] = []
  let start = 0
  for (const size of [...sizes, bytes.length]) {
    lines.push(...splitter.push(bytes.subarray(start, start + size)))
    start += size
  }
  const last = splitter.end()
  return last === undefined ? lines : [...lines, last]
}

const textsOf = (log: string | Buffer, sizes: readonly number[] = []) =>
  split(Buffer.from(log), sizes).map(({ text }) => text)

test('a line has its time and its text apart', () => {
  assert.deepEqual(split(Buffer.from(`${T} hello  world \n`), []), [{ time: T, text: 'hello  world ', lost: 0 }])
})

test('empty lines, a last line without line end, and CRLF are read as they are meant', () => {
  assert.deepEqual(textsOf(`${T} \n${T} a\r\n${T} last`), ['', 'a', 'last'])
  assert.deepEqual(textsOf(''), [])
  assert.deepEqual(textsOf('\n\n'), ['', ''])
})

test('a time with another fraction or zone is the same time in UTC', () => {
  const times = [
    '2026-01-02T03:04:05.123456789Z x',
    '2026-01-02T05:04:05.123456789+02:00 x',
    '2026-01-01T21:34:05.123456789-05:30 x',
    '2026-01-02T03:04:05.1Z x',
    '2026-01-02T03:04:05Z x',
  ].flatMap((line) => split(Buffer.from(`${line}\n`), []).map(({ time, text }) => `${time}|${text}`))
  const whole = '2026-01-02T03:04:05.123456789Z|x'
  assert.deepEqual(times, [whole, whole, whole, '2026-01-02T03:04:05.100000000Z|x', '2026-01-02T03:04:05.000000000Z|x'])
})

test('what the kubelet says without a time keeps its whole text', () => {
  const said = 'unable to retrieve container logs for containerd://0123456789abcdef0123456789abcdef'
  assert.deepEqual(split(Buffer.from(`${said}\n`), []), [{ time: '', text: said, lost: 0 }])
})

test('bytes that are no UTF-8 become replacement characters and harm no other line', () => {
  const log = Buffer.concat([Buffer.from(`${T} a`), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from(`b\n${T} c\n`)])
  assert.deepEqual(
    split(log, []).map(({ text }) => text),
    ['a\ufffd\ufffd\ufffdb', 'c'],
  )
})

test('of a line without end only the beginning is kept, and the rest counted', () => {
  const splitter = new LineSplitter()
  for (let i = 0; i < 100; i++) assert.deepEqual(splitter.push(Buffer.alloc(64 * 1024, 'x')), [])
  const [line] = splitter.push(Buffer.from('\n'))
  assert.equal((line?.text.length ?? 0) + (line?.lost ?? 0), 100 * 64 * 1024)
  assert.equal(line?.text.length, LONGEST_READ)
  assert.deepEqual(splitter.push(Buffer.from('next\n')), [{ time: '', text: 'next', lost: 0 }])
})

test('however the bytes are cut into chunks, the lines are the same', () => {
  const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll(/[\n\r]/g, ' '))
  const log = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((text) => `${T} ${text}\n`).join(''))
  const cuts = fc.array(fc.integer({ min: 0, max: 17 }), { maxLength: 40 })
  fc.assert(
    fc.property(log, cuts, (text, sizes) =>
      assert.deepEqual(split(Buffer.from(text), sizes), split(Buffer.from(text), [])),
    ),
  )
})

test('a day that no calendar has is no time', () => {
  assert.equal(logTime('2026-02-30T00:00:00Z'), undefined)
  assert.equal(logTime('2026-13-01T00:00:00Z'), undefined)
  assert.equal(logTime('2026-01-01T25:00:00Z'), undefined)
  assert.equal(logTime('2028-02-29T00:00:00+01:00'), '2028-02-28T23:00:00.000000000Z')
})
