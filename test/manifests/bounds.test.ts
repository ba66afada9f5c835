import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../src/errors.ts'
import { readManifest } from '../../src/services/manifests/read.ts'
import { configMap, dataOf, faultOf } from './support.ts'

const MIB = 1024 * 1024
const fill = (piece: string, length = MIB - 1024) => piece.repeat(Math.floor(length / piece.length))
const signal = () => new AbortController().signal

// What is cheap to write and costly to read. Each is refused, a MiB of it in a bounded time.
const BOMBS: readonly (readonly [string, string, RegExp])[] = [
  ['opening brackets', fill('['), /nested deeper than 64 levels/],
  ['opening braces', fill('{a: '), /nested deeper than 64 levels/],
  ['lists in one line', fill('- '), /nested deeper than 64 levels/],
  ['mappings in one line', fill(': '), /nested deeper than 64 levels/],
  [
    'ever deeper blocks',
    Array.from({ length: 1_400 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
    /^Line 6\d: nested deeper than 64 levels/,
  ],
  ['closing brackets', fill(']'), /closes what was not opened/],
  ['commas', `[${fill(',')}`, /two commas follow each other/],
  ['tags', fill('! '), /tags/],
  ['explicit keys', fill('? '), /explicit keys/],
  ['directives', fill('%\n'), /directives/],
  ['document marks', fill('---\n'), /more than 1000 document marks/],
  ['document ends', fill('...\n'), /more than 1000 document marks/],
  ['anchors', fill('&a '), /more than 1000 anchors/],
  ['aliases', `a: &a 1\nb: [${fill('*a,')}`, /more than 1000 anchors/],
  ['small values', `a: [${fill('1,')}]`, /more than 600000 tokens/],
  ['equal keys', fill('a: 1\n'), /more than 600000 tokens/],
  ['comments', fill('#\n'), /more than 600000 tokens/],
  ['blank lines', `a: |\n${fill('\n')}`, /more than 600000 tokens/],
  ['bad escapes', `a: "${fill('\\x')}"`, /Invalid escape sequence/],
  ['a quote that does not end', `a: "${fill('b ')}`, /Missing closing "quote/],
  ['a long plain scalar', fill('b\n '), /a document has to be a Kubernetes object/],
  ['a long key', configMap(`${'k'.repeat(2_000)}: v`), /at most 1024 char/],
  ['NULs', fill('\0'), /U\+0000/],
  ['tabs', `a:\n${fill('\tb: 1\n')}`, /tokens|Tabs/],
]

for (const [what, manifest, expected] of BOMBS)
  test(`a MiB of ${what} is refused without holding up the server`, async () => {
    const gaps = watchGaps()
    const started = performance.now()
    await assert.rejects(
      readManifest(manifest, {}, signal()),
      (error) => error instanceof Problem && error.code === 'bad_manifest' && expected.test(error.message),
    )
    assert.ok(performance.now() - started < 20_000)
    const longest = gaps.longest()
    assert.ok(longest < 1_000, `others waited for ${longest} ms`)
  })

/** The longest time for which nothing else could run. */
function watchGaps() {
  let [last, longest] = [performance.now(), 0]
  const look = () => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  const timer = setInterval(look, 5).unref()
  return {
    longest: () => {
      clearInterval(timer)
      look()
      return longest
    },
  }
}

test('aliases of aliases do not multiply', () => {
  const levels = Array.from(
    { length: 30 },
    (_, level) => `k${level + 1}: &x${level + 1} [${Array.from({ length: 9 }, () => `*x${level}`).join(', ')}]`,
  )
  assert.match(faultOf(configMap('k0: &x0 "lol"', ...levels)), /aliases make the manifest larger than 4 MiB/)
})

test('an alias of a long text does not multiply it', () => {
  assert.match(
    faultOf(
      configMap(`a: &x "${'long '.repeat(20_000)}"`, `b: [${Array.from({ length: 100 }, () => '*x').join(', ')}]`),
    ),
    /aliases make the manifest larger than 4 MiB/,
  )
})

test('64 levels are read and one more is not', () => {
  const nested = (levels: number) => configMap(`a: ${'['.repeat(levels)}${']'.repeat(levels)}`)
  assert.equal(faultOf(nested(63)), 'Line 6: nested deeper than 64 levels.')
  assert.match(JSON.stringify(dataOf(nested(62))), /^{"a":\[{62}\]{62}}$/)
})

test('a manifest of a MiB is read, and one byte more is refused', async () => {
  const head = configMap()
  const lines = fill(`  key-NNNNNN: a value of some length\n`, MIB - head.length - 100)
  let count = 0
  const manifest = head + lines.replaceAll('NNNNNN', () => String(100_000 + count++))
  const full = `${manifest}${'#'.repeat(MIB - manifest.length)}`
  const [document] = await readManifest(full, {}, signal())
  assert.equal(Object.keys(Object(document?.object['data'])).length, count)
  await assert.rejects(readManifest(`${full}#`, {}, signal()), /larger than 1048576 bytes/)
})

test('what is read on a thread is what is read at once', async () => {
  const small = configMap('a: b')
  const large = `${small}# ${'x'.repeat(20_000)}\n`
  assert.deepEqual(await readManifest(large, {}, signal()), await readManifest(small, {}, signal()))
  await assert.rejects(readManifest(`${configMap('a: no')}# ${'x'.repeat(20_000)}`, {}, signal()), {
    code: 'bad_manifest',
    next: 'Correct the manifest and send it again. Nothing was sent to the cluster.',
    message: /^Line 6, data\.a: no is the boolean false to kubectl/,
  })
})

test('a caller who leaves ends the reading', async () => {
  const leaving = new AbortController()
  const reading = readManifest(configMap(fill('a: [1, 2, 3]\n  ')), {}, leaving.signal)
  leaving.abort()
  await assert.rejects(reading, { code: 'cancelled' })
})
