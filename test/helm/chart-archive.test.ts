import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { dataPlaces } from '../../src/config.ts'
import { Problem } from '../../src/errors.ts'
import { Charts } from '../../src/services/helm/charts.ts'
import { readChart } from '../../src/services/helm/chart-contents.ts'
import { ChartStore } from '../../src/services/helm/chart-store.ts'
import type { Ends } from '../support/ends.ts'
import { folder } from '../support/process.ts'
import { chartOf, chartYaml, type Entry, tarOf, tgzOf } from './support/chart.ts'
import { configOf } from './support/config.ts'

const MIB = 1024 * 1024
const YAML = chartYaml('web', '1.0.0')
const withFile = (name: string, entry: Entry = 'x') => tgzOf({ 'web/Chart.yaml': YAML, [name]: entry })

/** A chart that is nested in so many others. */
async function nested(depth: number, innermost: Buffer): Promise<Buffer> {
  let chart = innermost
  for (let level = 0; level < depth; level++) chart = await chartOf('web', '1.0.0', { 'charts/db.tgz': chart })
  return chart
}

const manyFiles = (count: number) =>
  tgzOf({
    'web/Chart.yaml': YAML,
    ...Object.fromEntries(Array.from({ length: count }, (_, n) => [`web/files/${n}`, 'x'])),
  })

test('an archive that is no chart is refused, stores nothing and harms nobody', async (t) => {
  const config = configOf(t)
  const charts = new Charts(config)
  const zeros = Buffer.alloc(4 * MIB)
  const bomb = await tgzOf({
    'web/Chart.yaml': YAML,
    ...Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`web/${n}`, zeros])),
  })
  const cases: Readonly<Record<string, [string, Buffer | Promise<Buffer>]>> = {
    nothing: ['bad_chart', Buffer.alloc(0)],
    text: ['bad_chart', Buffer.from('<html>not a chart</html>')],
    'a tar without gzip': ['bad_chart', tarOf({ 'web/Chart.yaml': YAML })],
    'gzip without a tar': ['bad_chart', gzipSync('x'.repeat(2_000))],
    'an empty tar': ['bad_chart', gzipSync(await tarOf({}))],
    'cut off': ['bad_chart', (await chartOf('web', '1.0.0')).subarray(0, 200)],
    'no Chart.yaml': ['bad_chart', tgzOf({ 'web/values.yaml': 'a: b' })],
    'a file at the top': ['bad_chart', tgzOf({ 'Chart.yaml': YAML })],
    'two folders': ['bad_chart', withFile('other/Chart.yaml', YAML)],
    'the same file twice': [
      'bad_chart',
      gzipSync(
        Buffer.concat([
          (await tarOf({ 'web/Chart.yaml': YAML })).subarray(0, 1024),
          await tarOf({ 'web/Chart.yaml': YAML }),
        ]),
      ),
    ],
    'a way up': ['bad_chart', withFile('web/../../etc/cron.d/x')],
    'a way up that comes back': ['bad_chart', withFile('web/../web/x')],
    'a path from the root': ['bad_chart', withFile('/etc/passwd')],
    'a point in a path': ['bad_chart', withFile('web/./Chart.yaml', YAML)],
    'an empty part': ['bad_chart', withFile('web//x')],
    'a backslash': ['bad_chart', withFile('web/..\\..\\x')],
    'a drive': ['bad_chart', withFile('C:/x')],
    'a control character': ['bad_chart', withFile('web/a\nb')],
    'a name without end': ['bad_chart', withFile(`web/${'a'.repeat(600)}`)],
    'a symbolic link': ['bad_chart', withFile('web/templates/x.yaml', { type: 'symlink', linkname: '/etc/passwd' })],
    'a hard link': ['bad_chart', withFile('web/templates/x.yaml', { type: 'link', linkname: 'web/Chart.yaml' })],
    'a device': ['bad_chart', withFile('web/x', { type: 'character-device', devmajor: 1, devminor: 3 })],
    'a pipe': ['bad_chart', withFile('web/x', { type: 'fifo' })],
    'a bomb': ['chart_too_large', bomb],
    'a bomb in a bomb': ['chart_too_large', nested(2, bomb)],
    'a bomb beside its like': ['chart_too_large', bombs()],
    'a large file': ['chart_too_large', withFile('web/x', Buffer.alloc(6 * MIB))],
    'many files': ['chart_too_large', manyFiles(2_001)],
    'many bytes': ['chart_too_large', Buffer.alloc(20 * MIB + 1)],
    'nested without end': ['bad_chart', nested(9, await chartOf('web', '1.0.0'))],
    'a subchart that is none': ['bad_chart', withFile('web/charts/db.tgz', 'no gzip')],
    'a subchart with a link': ['bad_chart', nested(1, await withFile('web/x', { type: 'symlink', linkname: '/' }))],
    'no name': ['bad_chart', tgzOf({ 'web/Chart.yaml': 'apiVersion: v2\nversion: 1.0.0' })],
    'a name that is a path': ['bad_chart', tgzOf({ 'web/Chart.yaml': 'name: ../x\nversion: 1.0.0' })],
    'a name that is a flag': ['bad_chart', tgzOf({ 'web/Chart.yaml': 'name: --set\nversion: 1.0.0' })],
    'no version': ['bad_chart', tgzOf({ 'web/Chart.yaml': 'name: web' })],
    'a version that is none': ['bad_chart', tgzOf({ 'web/Chart.yaml': 'name: web\nversion: "$(id)"' })],
    'a list': ['bad_chart', tgzOf({ 'web/Chart.yaml': '- a' })],
    'no YAML': ['bad_chart', tgzOf({ 'web/Chart.yaml': 'a: {' })],
    'the same key twice': ['bad_chart', tgzOf({ 'web/Chart.yaml': `${YAML}name: other\n` })],
    'aliases without end': ['bad_chart', tgzOf({ 'web/Chart.yaml': laughs() })],
    'a schema that is none': ['bad_chart', withFile('web/values.schema.json', '[')],
  }
  for (const [what, [code, bytes]] of Object.entries(cases))
    await assert.rejects(charts.store(await bytes), { code }, what)
  assert.equal(existsSync(join(dataPlaces(config).folder, 'charts')), false)
})

/** Three subcharts that together unpack to more than a chart may. */
async function bombs(): Promise<Buffer> {
  const files = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`files/${n}`, Buffer.alloc(4 * MIB)]))
  const part = await chartOf('db', '1.0.0', files)
  return chartOf('web', '1.0.0', { 'charts/a.tgz': part, 'charts/b.tgz': part, 'charts/c.tgz': part })
}

const laughs = () =>
  `${YAML}a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((each, n) => `${each}: &${each} [${Array(9).fill(`*${'abcdefgh'[n]}`).join(',')}]\n`)
    .join('')}`

test('a chart as large as a chart may be is taken', async () => {
  assert.equal((await readChart(await manyFiles(1_999))).files, 2_000)
  const random = randomBytes(4 * MIB)
  const files = Object.fromEntries(Array.from({ length: 4 }, (_, n) => [`files/${n}`, random]))
  assert.equal((await readChart(await chartOf('web', '1.0.0', files))).files, 7)
  assert.equal((await readChart(await nested(4, await chartOf('web', '1.0.0')))).files, 4 * 4 + 3)
})

test('whatever bytes are changed, a chart is read, or refused with a problem', async () => {
  const tar = gunzipSync(await chartOf('web', '1.0.0', { 'charts/db.tgz': await chartOf('db', '0.1.0') }))
  const change = fc.array(fc.tuple(fc.nat(tar.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(change, async (changes) => {
      const bytes = Buffer.from(tar)
      for (const [at, value] of changes) bytes[at] = value
      await readChart(gzipSync(bytes, { level: 1 })).catch((error: unknown) => assert.ok(error instanceof Problem))
    }),
    { numRuns: 200 },
  )
})

/** Works in a file system of 256 KiB; false where none can be mounted here (that takes root). */
async function onSmallDisk(ends: Ends, work: (disk: string) => Promise<void>): Promise<boolean> {
  const disk = folder(ends)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status !== 0) return false
  try {
    await work(disk)
    return true
  } finally {
    spawnSync('umount', [disk])
  }
}

test('a full disk stores nothing, says so, and leaves what was there', async (t) => {
  const small = await chartOf('web', '1.0.0')
  const large = await chartOf('web', '2.0.0', { 'files/x': randomBytes(MIB) })
  const full = { code: 'chart_store_failed', message: /disk is full/, next: /makes room in DATA_DIR/ }
  const done = await onSmallDisk(t, async (disk) => {
    const store = new ChartStore(join(disk, 'charts'))
    const kept = await store.put(small)
    await assert.rejects(store.put(large), full)
    assert.deepEqual(readdirSync(join(disk, 'charts')), [`${kept}.tgz`])
    assert.deepEqual(await store.get(kept), small)
  })
  if (!done) t.skip('a small file system can be mounted by root only')
})

test('a folder that cannot be written, and a store that is full, are said', async (t) => {
  const place = folder(t)
  writeFileSync(join(place, 'file'), '')
  const chart = await chartOf('web', '1.0.0')
  await assert.rejects(new ChartStore(join(place, 'file/charts')).put(chart), { code: 'chart_store_failed' })
  mkdirSync(join(place, 'charts'))
  const narrow = new ChartStore(join(place, 'charts'), chart.length + 10)
  const first = await narrow.put(chart)
  await assert.rejects(narrow.put(await chartOf('web', '2.0.0')), { code: 'chart_store_failed', message: /may take/ })
  assert.equal(await narrow.put(chart), first, 'what is there already needs no room')
  assert.deepEqual(readdirSync(join(place, 'charts')), [`${first}.tgz`])
})
