import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import { listAt, textAt } from '../support/json.ts'
import { startProcess } from '../support/process.ts'
import { compileCache, crashTest } from './cluster.ts'
import { Lane } from './lane.ts'
import type { Answer } from './rest.ts'

const laneOf = (t: TestContext, cluster: TestCluster, name: string) =>
  Lane.open(t, cluster, { name, slots: 1, late: 300, cache: compileCache() })

const said = ({ status, body }: Answer) => [status, textAt(body, 'code')]

async function ask(lane: Lane): Promise<Answer> {
  const { answer } = await lane.ask('scale', 0)
  assert.ok(answer !== undefined)
  return answer
}

/** Reads go on. */
async function assertReads(lane: Lane): Promise<void> {
  const { namespace } = lane.ground
  const { status, body } = await lane.call({ path: `/cluster/deployments?namespace=${namespace}` })
  assert.equal(status, 200)
  assert.equal(listAt(body, 'items').length, 1)
}

/** Reads go on, and every change is refused with this code. */
async function assertReadsOnly(lane: Lane, code: string, says: RegExp): Promise<void> {
  const answer = await ask(lane)
  assert.deepEqual(said(answer), [503, code])
  assert.match(textAt(answer.body, 'detail'), says)
  assert.ok(textAt(answer.body, 'next') !== '', 'it says what to do')
  await assertReads(lane)
}

/** A file system of this size for DATA_DIR that goes with the server: nobody else sees it but through `/proc`. */
const onSmallDisk = (folder: string, size: string, more = ''): string[] => [
  'unshare',
  '--mount',
  '--map-root-user',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${size} none "$0" && cp -a "$0.before/." "$0/" ${more}&& exec "$@"`,
  folder,
]

function skipWithoutMounts(): string | false {
  const { status } = spawnSync('unshare', ['--mount', '--map-root-user', 'sh', '-c', 'mount -t tmpfs none /tmp'])
  return status === 0 ? false : 'needs the right to mount a file system of its own'
}
const skipMounts = skipWithoutMounts()

/** The folders that {@link onSmallDisk} needs: DATA_DIR, and what it begins with. */
async function diskOf(lane: Lane): Promise<string> {
  const folder = join(lane.folder, 'data')
  const life = lane.start()
  await life.serving
  await lane.stop()
  spawnSync('cp', ['-a', folder, `${folder}.before`])
  rmSync(folder, { recursive: true })
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

crashTest(
  'a full disk refuses changes and decisions, loses nothing, and is over when there is room again',
  async (cluster, t) => {
    if (skipMounts !== false) return t.skip(skipMounts)
    const lane = await laneOf(t, cluster, 'full')
    const folder = await diskOf(lane)
    const life = lane.start({ under: onSmallDisk(folder, '3m') })
    await life.serving
    const open = await ask(lane)
    assert.equal(open.status, 202)
    const filler = join(`/proc/${life.pid}/root`, folder, 'filler')
    assert.throws(() => fill(filler), /ENOSPC/)
    await assertReadsOnly(lane, 'store_unavailable', /disk of .* is full/)
    const { body } = open
    const path = `/approvals/${textAt(body, 'id')}`
    const decided = await lane.call(
      { method: 'POST', path: `${path}/approve`, body: { digest: textAt(body, 'digest') } },
      'alice',
    )
    assert.deepEqual(said(decided), [503, 'store_unavailable'])
    assert.equal(textAt((await lane.call({ path }, 'alice')).body, 'state'), 'pending')
    rmSync(filler)
    assert.equal((await ask(lane)).status, 202)
    assert.ok(await lane.decide('approve', open, 'alice'))
    await lane.settled()
    assert.equal(textAt((await lane.call({ path }, 'alice')).body, 'state'), 'succeeded')
  },
)

const fill = (path: string): void => writeFileSync(path, Buffer.alloc(8 * 1024 * 1024))

crashTest('a read-only disk refuses changes and decisions, and reads go on', async (cluster, t) => {
  if (skipMounts !== false) return t.skip(skipMounts)
  const lane = await laneOf(t, cluster, 'read-only')
  const folder = await diskOf(lane)
  await lane.start({ under: onSmallDisk(folder, '8m', '&& mount -o remount,ro "$0" ') }).serving
  await assertReadsOnly(lane, 'store_unavailable', /EROFS|read-only/)
})

/** Damage, as a broken disk leaves it. */
const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  'is overwritten in the middle': (path) => {
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xa5, 8192, 24_576))
  },
  'was cut off': (path) => truncateSync(path, 10_000),
  'is something else': (path) => writeFileSync(path, 'not a database'.repeat(1000)),
}
for (const [how, damage] of Object.entries(DAMAGES)) {
  crashTest(`a store that ${how} is not used: changes are refused, and reads go on`, async (cluster, t) => {
    const lane = await laneOf(t, cluster, 'damaged')
    await lane.start().serving
    assert.equal((await ask(lane)).status, 202)
    await lane.stop()
    damage(lane.store.path)
    await lane.start().serving
    await assertReadsOnly(lane, 'store_damaged', /not a whole SQLite database/)
  })
}

crashTest(
  'a second server on the same store does not start, says why, and the first one goes on',
  async (cluster, t) => {
    const lane = await laneOf(t, cluster, 'first')
    await lane.start().serving
    const folder = join(lane.folder, 'data')
    const second = startProcess(t, ['--port', '0', '--data-dir', folder], {
      KUBECONFIG: join(lane.folder, 'kubeconfig'),
    })
    assert.equal(await second.exit, 64)
    assert.match(second.stderr(), /Another process owns the approval store .*approvals\.sqlite/)
    assert.match(second.stderr(), /DATA_DIR of its own/)
    assert.equal((await ask(lane)).status, 202)
  },
)

const HOUR = 3_600_000

crashTest('a clock that jumps back refuses changes and decisions until it is right again', async (cluster, t) => {
  const lane = await laneOf(t, cluster, 'clock')
  const life = lane.start()
  await life.serving
  const open = await ask(lane)
  life.setClock(-HOUR)
  await assertReadsOnly(lane, 'clock_went_back', /clock of this machine is \d+ s behind/)
  const path = `/approvals/${textAt(open.body, 'id')}/approve`
  const body = { digest: textAt(open.body, 'digest') }
  assert.deepEqual(said(await lane.call({ method: 'POST', path, body }, 'alice')), [503, 'clock_went_back'])
  life.setClock(0)
  assert.ok(await lane.decide('approve', open, 'alice'))
  await lane.settled()
})

crashTest('a server that starts with a clock that is behind its store reads only', async (cluster, t) => {
  const lane = await laneOf(t, cluster, 'clock')
  await lane.start().serving
  assert.equal((await ask(lane)).status, 202)
  await lane.stop()
  await lane.start({ clock: -HOUR }).serving
  await assertReadsOnly(lane, 'clock_went_back', /behind the last entry/)
})
