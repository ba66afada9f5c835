import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import type { Variant } from './broken.ts'
import { compileCache, crashTest } from './cluster.ts'
import { POLICY } from './drive.ts'
import { Lane } from './lane.ts'
import { faultsOf, findingsOf } from './verdict.ts'

const LATE = 300

async function laneOf(t: TestContext, cluster: TestCluster, variant: Variant | undefined): Promise<Lane> {
  const name = variant ?? 'sound'
  const lane = await Lane.open(t, cluster, {
    name,
    slots: 1,
    late: LATE,
    policy: POLICY,
    variant,
    cache: compileCache(),
  })
  // Decisions that come within this time meet.
  await lane.start({ slow: { point: 'before_decision_commit', milliseconds: 20 } }).serving
  return lane
}

async function end(lane: Lane, cluster: TestCluster): Promise<string[]> {
  await lane.settled()
  await lane.stop()
  return faultsOf(await findingsOf(lane, cluster))
}

/** The server dies when the API server has accepted a write, before it knows. */
async function diesAfterWrite(lane: Lane): Promise<void> {
  lane.order = () => ({ fate: 'lose', kill: 'then' })
  const { answer } = await lane.ask('scale', 0)
  assert.ok(answer !== undefined && (await lane.decide('approve', answer, 'alice')))
  await lane.ended
  lane.order = () => ({ fate: 'pass' })
  await lane.start().serving
}

const ROUNDS = 5

/** Two people approve in the same moment, again and again. */
async function votesMeet(lane: Lane): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const { answer } = await lane.ask('createPod', 0)
    assert.ok(answer !== undefined)
    await Promise.all([lane.decide('approve', answer, 'alice'), lane.decide('approve', answer, 'bob')])
  }
}

const SCENES: readonly (readonly [Variant, string, (lane: Lane) => Promise<void>, RegExp])[] = [
  [
    'claim_after_send',
    'claims its run only after it has sent',
    diesAfterWrite,
    /accepted for execution "\w+", which nothing is known of/,
  ],
  [
    'no_compare_and_set',
    'writes without comparing',
    votesMeet,
    /approve of \w+ by (alice|bob) was acknowledged and is lost/,
  ],
]
for (const [variant, does, scene, fault] of SCENES) {
  crashTest(`a build that ${does} is caught, and ours is not`, async (cluster, t) => {
    const [broken, sound] = await Promise.all([laneOf(t, cluster, variant), laneOf(t, cluster, undefined)])
    await Promise.all([scene(broken), scene(sound)])
    assert.match((await end(broken, cluster)).join('\n'), fault)
    assert.deepEqual(await end(sound, cluster), [])
  })
}
