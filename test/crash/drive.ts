import { setTimeout as pause } from 'node:timers/promises'
import { FAILPOINTS } from '../../src/services/approvals/failpoints.ts'
import { textAt } from '../support/json.ts'
import { CHANGE_KINDS, type ChangeKind } from './changes.ts'
import type { At, Life } from './life.ts'
import { Gone } from './life.ts'
import type { Lane } from './lane.ts'
import { FATES, type Order } from './proxy.ts'
import type { Random } from './random.ts'
import type { Answer } from './rest.ts'

/** Where the policy asks for two people, so that votes meet. */
export const POLICY = JSON.stringify({
  rules: [{ name: 'two', match: { operation: 'infra.k8s.pods.createPod' }, require: { approvers: 2 } }],
})

/**
 * How one life of a server ends. `after`: milliseconds to the kill from when it begins to start, or serves and has then sent so many
 * `requests` to the API server.
 */
type Death =
  | { by: 'instant'; from: 'starting' | 'serving'; after: number; requests: number }
  | { by: 'failpoint'; from: 'starting' | 'serving'; at: At }
  | { by: 'write'; order: Order }

export const DEATHS = ['instant', 'failpoint', 'write'] as const
/** At a random instant, at a random failpoint, or while one of its writes is on its way. */
export type DeathBy = (typeof DEATHS)[number]

/** Requests to the API server in which clients at the same time get a change planned, approved and made each. */
const MOST_REQUESTS = 60

/** No failpoint or write may come; then it dies here. */
const PATIENCE = 3_000
/** Milliseconds after which a client whose server has died tries again. */
const AGAIN = 20

export interface Drive {
  lane: Lane
  random: Random
  slots: number
  /** How it dies. */
  by: readonly DeathBy[]
  /** Whether it shall die once more. */
  more: () => boolean
}

/** Kills a server again and again while agents ask and people decide, and lets the last one settle what is left. */
export async function drive({ lane, random, slots, by, more }: Drive): Promise<void> {
  let ending = false
  const writesMayFail = random.chance(0.5) ? 0.15 : 0.05
  const clients = Array.from({ length: slots }, (_, slot) => client(lane, random, slot, () => ending))
  while (more()) {
    const death = chooseDeath(random, by, lane.late)
    lane.order = orderOf(lane, random, death, writesMayFail)
    const slow = random.chance(0.3)
      ? { slow: { point: random.pick(FAILPOINTS), milliseconds: random.between(5, 60) } }
      : {}
    const at = death.by === 'failpoint' && death.from === 'starting' ? { at: death.at } : {}
    const life = lane.start({ ...slow, ...at })
    await dies(lane, life, death)
    lane.kills += 1
  }
  ending = true
  lane.order = () => ({ fate: 'pass' })
  await lane.start().serving
  await Promise.all(clients)
  await settle(lane)
  await lane.stop()
}

// Outcomes that are unknown are looked at again at each start: the last one sees what arrived late.
async function settle(lane: Lane): Promise<void> {
  await lane.settled()
  await lane.stop()
  await lane.proxy.quiet()
  await lane.start().serving
  await pause(lane.late + 300)
}

function chooseDeath(random: Random, ways: readonly DeathBy[], late: number): Death {
  const from = random.chance(0.25) ? 'starting' : 'serving'
  const by = random.pick(ways)
  if (by === 'instant')
    return from === 'starting'
      ? { by, from, after: random.between(0, 600), requests: 0 }
      : { by, from, after: random.between(0, 30), requests: random.between(0, MOST_REQUESTS) }
  if (by === 'failpoint') return { by, from, at: { point: random.pick(FAILPOINTS), nth: random.between(1, 3) } }
  return { by, order: { ...fateOf(random, late), kill: random.chance(0.5) ? 'first' : 'then' } }
}

const fateOf = (random: Random, late: number): Order => ({
  fate: random.pick(FATES),
  milliseconds: random.between(10, Math.floor(late / 2)),
})

/** The first write of a life that is to die by one does; each of the others may have bad luck. */
function orderOf(lane: Lane, random: Random, death: Death, mayFail: number): Lane['order'] {
  let left = death.by === 'write' ? 1 : 0
  return () => {
    left -= 1
    if (death.by === 'write' && left === 0) return death.order
    return random.chance(mayFail) ? fateOf(random, lane.late) : { fate: 'pass' }
  }
}

async function dies(lane: Lane, life: Life, death: Death): Promise<void> {
  const begun = death.by === 'instant' && death.from === 'starting' ? life.starting : life.serving
  await begun.catch(() => undefined)
  if (death.by === 'failpoint' && death.from === 'serving') life.arm(death.at)
  await Promise.race([life.ended, pause(PATIENCE), momentOf(lane, death)])
  await lane.kill()
  if (life.exitCode !== null)
    throw new Error(`The server ended by itself (code ${life.exitCode}): ${life.told.slice(-2000)}`)
}

/** When to kill it. Those that die by themselves, or by a write, need no moment. */
async function momentOf(lane: Lane, death: Death): Promise<void> {
  if (death.by !== 'instant') return new Promise(() => undefined)
  await lane.proxy.further(death.requests)
  await pause(death.after)
}

async function client(lane: Lane, random: Random, slot: number, ends: () => boolean): Promise<void> {
  while (!ends()) {
    try {
      await oneChange(lane, random, slot)
    } catch (error) {
      if (!(error instanceof Gone)) throw error
      await pause(AGAIN)
    }
  }
}

async function oneChange(lane: Lane, random: Random, slot: number): Promise<void> {
  const kind = random.pick(CHANGE_KINDS)
  const { answer } = await lane.ask(kind, slot, random.chance(0.5))
  if (answer === undefined || answer.body['state'] !== 'pending') return
  await decideSomehow(lane, random, kind, answer)
  if (random.chance(0.7)) await lane.call({ path: `/approvals/${textAt(answer.body, 'id')}?wait=1` }, 'alice')
}

async function decideSomehow(lane: Lane, random: Random, kind: ChangeKind, answer: Answer): Promise<void> {
  const luck = random.between(1, 12)
  const deny = luck === 4 ? lane.decide('deny', answer, 'bob') : undefined
  const approve = lane.decide('approve', answer, 'alice')
  if (kind === 'createPod' || luck === 1) await lane.decide('approve', answer, 'bob')
  else if (luck === 2) await lane.decide('cancel', answer)
  else if (luck === 3) await lane.decide('deny', answer, 'bob')
  await Promise.all([approve, deny])
}
