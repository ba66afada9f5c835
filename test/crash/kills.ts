import assert from 'node:assert/strict'
import { campaign } from './campaign.ts'
import { crashTest } from './cluster.ts'
import type { DeathBy } from './drive.ts'

/** Far more than it takes, and less than a test file has: a machine that is busy with all else must not make it fail. */
const SECONDS = 95

/** A test that kills servers so often, in these ways, and checks every promise. */
export function killTest(name: string, kills: number, by: readonly DeathBy[]): void {
  crashTest(name, async (cluster, t) => {
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed ${seed}`)
    const found = await campaign(t, cluster, { kills, seconds: SECONDS, seed, by })
    const { faults, writes, asked, decided, seconds, states } = found
    t.diagnostic(
      `${found.kills} kills, ${asked} requests, ${decided} decisions, ${writes} accepted writes in ${seconds.toFixed(0)} s`,
    )
    t.diagnostic(JSON.stringify(states))
    assert.deepEqual(faults, [])
    assert.equal(found.kills, kills, `only ${found.kills} kills within ${SECONDS} s`)
    assert.ok(decided >= kills / 5 && writes >= kills / 10, 'hardly anything was under way when it died')
  })
}
