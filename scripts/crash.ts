import { parseArgs } from 'node:util'
import { startCluster } from '../test/cluster/start.ts'
import { campaign, type Tally } from '../test/crash/campaign.ts'

// Kills the server while agents ask and people decide, and counts what must not be: approvals that were acknowledged and are lost,
// writes that the API server accepted twice, changes reported as failed that took effect. --kills N, --seconds S (whichever comes
// first), --seed X to choose the same deaths again, --lanes L servers at the same time.
const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    lanes: { type: 'string', default: '3' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function whole(name: keyof typeof values, fallback: number): number {
  const text = values[name]
  if (text === undefined) return fallback
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} ${text} is not a whole number.`)
  return Number(text)
}

function tell({ kills, asked, decided, writes, approvals, states, faults, seconds }: Tally, seed: number): void {
  const rows = {
    'acknowledged requests': asked,
    'acknowledged decisions': decided,
    'approvals in the store': approvals,
    ...states,
  }
  for (const [name, count] of Object.entries(rows)) say(`  ${name.padEnd(24)}${String(count).padStart(7)}`)
  for (const fault of faults) say(`fault: ${fault}`)
  say(`seed ${seed}: ${kills} kills, ${writes} accepted writes, ${faults.length} faults in ${seconds.toFixed(0)} s`)
}

const seed = whole('seed', Date.now() % 1_000_000)
const seconds = whole('seconds', values.kills === undefined ? 60 : 1_000_000)
const kills = whole('kills', 1_000_000)
const cluster = await startCluster({ apiOnly: true, progress: say })
const ends: (() => unknown)[] = []
try {
  say(`seed ${seed}`)
  const tally = await campaign({ after: (work) => void ends.push(work) }, cluster, {
    kills,
    seconds,
    seed,
    lanes: whole('lanes', 3),
  })
  tell(tally, seed)
  const tooFew = values.kills !== undefined && tally.kills < kills
  if (tooFew) say(`only ${tally.kills} of ${kills} kills within ${seconds} s`)
  process.exitCode = tally.faults.length > 0 || tooFew ? 1 : 0
} finally {
  for (const end of ends.toReversed()) await end()
  await cluster.stop()
}
process.exit()
