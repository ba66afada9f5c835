import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import { textAt } from '../support/json.ts'
import type { Variant } from './broken.ts'
import { compileCache, crashTest } from './cluster.ts'
import { Lane } from './lane.ts'
import { type Durability, durabilityOf, skipWithoutTrace, traced } from './syscalls.ts'

const CHANGES = 5

/** What a server does while a few changes are asked for, one after the other, approved and made. */
async function trace(t: TestContext, cluster: TestCluster, variant?: Variant): Promise<Durability> {
  const lane = await Lane.open(t, cluster, { name: 'traced', slots: 1, late: 300, variant, cache: compileCache() })
  const path = join(lane.folder, 'trace')
  await lane.start({ under: traced(path) }).serving
  for (let count = 0; count < CHANGES; count++) {
    const { answer } = await lane.ask('scale', 0)
    assert.ok(answer !== undefined && (await lane.decide('approve', answer, 'alice')))
    await lane.settled()
  }
  await lane.stop()
  return durabilityOf(path)
}

const skip = skipWithoutTrace()

crashTest(
  'nothing is acknowledged, and no write leaves for the cluster, before what it rests on is on the disk',
  async (cluster, t) => {
    if (skip !== false) return t.skip(skip)
    const { syncs, left, unsynced } = await trace(t, cluster)
    t.diagnostic(`${syncs} syncs, ${left} answers and writes`)
    assert.deepEqual(unsynced, [])
    // Request, plan, decision, claim, send and end: each of them is waited for.
    assert.ok(syncs >= CHANGES * 6, `${syncs} syncs`)
    assert.ok(left >= CHANGES * 3, `${left} left`)
  },
)

crashTest('a build that does not sync, and says that it does, is caught', async (cluster, t) => {
  if (skip !== false) return t.skip(skip)
  const { unsynced } = await trace(t, cluster, 'no_fsync')
  assert.ok(
    unsynced.some((what) => what.startsWith('HTTP/1.1 202')),
    'an answer left unsynced',
  )
  assert.ok(
    unsynced.some((what) => what.startsWith('PATCH')),
    'a write left unsynced',
  )
})

crashTest('a store that does not sync, and says so, is not used', async (cluster, t) => {
  const lane = await Lane.open(t, cluster, {
    name: 'unsynced',
    slots: 1,
    late: 300,
    variant: 'fsync_refused',
    cache: compileCache(),
  })
  await lane.start().serving
  const { answer } = await lane.ask('scale', 0)
  assert.deepEqual([answer?.status, textAt(answer?.body, 'code')], [503, 'store_unavailable'])
  assert.match(textAt(answer?.body, 'detail'), /synchronous/)
})
