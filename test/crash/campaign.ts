import type { TestCluster } from '../cluster/cluster.ts'
import type { Ends } from '../support/ends.ts'
import { compileCache } from './cluster.ts'
import { type DeathBy, DEATHS, drive, POLICY } from './drive.ts'
import { Lane } from './lane.ts'
import { randomOf } from './random.ts'
import { faultsOf, type Findings, findingsOf, statesOf } from './verdict.ts'

export interface CampaignOptions {
  /** Kills in all; at least one for each lane. */
  kills: number
  /** Ends after so many seconds, whatever the number of kills. */
  seconds: number
  seed: number
  /** Servers at the same time, each with a store and a namespace of its own. */
  lanes?: number
  /** How they die; in every way, by default. */
  by?: readonly DeathBy[]
}

/** What a campaign came to. */
export interface Tally {
  kills: number
  asked: number
  decided: number
  /** Accepted by the API server. */
  writes: number
  approvals: number
  states: Record<string, number>
  faults: string[]
  seconds: number
}

const SLOTS = 3
const LATE = 400

/** Kills servers while they are used, and says what became of every promise. */
export async function campaign(ends: Ends, cluster: TestCluster, options: CampaignOptions): Promise<Tally> {
  const { kills, seconds, seed, lanes: count = 3, by = DEATHS } = options
  const started = performance.now()
  const lanes = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      Lane.open(ends, cluster, {
        name: `lane-${index}`,
        slots: SLOTS,
        late: LATE,
        policy: POLICY,
        cache: compileCache(),
      }),
    ),
  )
  let left = kills
  const more = () => (performance.now() - started) / 1000 < seconds && left-- > 0
  await Promise.all(lanes.map((lane, index) => drive({ lane, random: randomOf(seed + index), slots: SLOTS, by, more })))
  const findings = await Promise.all(lanes.map((lane) => findingsOf(lane, cluster)))
  return {
    ...tallyOf(findings),
    kills: lanes.reduce((sum, lane) => sum + lane.kills, 0),
    seconds: (performance.now() - started) / 1000,
  }
}

function tallyOf(findings: readonly Findings[]): Omit<Tally, 'kills' | 'seconds'> {
  const sum = (count: (each: Findings) => number) => findings.reduce((all, each) => all + count(each), 0)
  return {
    asked: sum(({ acknowledged }) => acknowledged.asks.filter(({ id }) => id !== undefined).length),
    decided: sum(({ acknowledged }) => acknowledged.decisions.length),
    writes: sum(({ accepted }) => accepted.length),
    approvals: sum(({ approvals }) => approvals.length),
    states: statesOf({ approvals: findings.flatMap(({ approvals }) => approvals) }),
    faults: findings.flatMap(faultsOf),
  }
}
