import { type Core, ownEntry } from './core.ts'
import { expireIfLate } from './decide.ts'

/** Milliseconds that what may hold secrets is kept after the final state. */
export const KEPT = 7 * 24 * 60 * 60 * 1000
const BATCH = 200

/** Ends what waited too long and wipes what was kept long enough; in batches, so that nobody has to wait for it. Returns how many of each. */
export async function sweep(core: Pick<Core, 'store'>): Promise<{ expired: number; wiped: number }> {
  return { expired: await expireDue(core), wiped: await wipeOld(core) }
}

async function expireDue({ store }: Pick<Core, 'store'>): Promise<number> {
  let expired = 0
  for (let due = await store.due(store.now(), BATCH); due.length > 0; due = await store.due(store.now(), BATCH)) {
    await Promise.all(due.map((approval) => expireIfLate({ store }, approval)))
    expired += due.length
  }
  return expired
}

async function wipeOld({ store }: Pick<Core, 'store'>): Promise<number> {
  let wiped = 0
  const before = store.now() - KEPT
  for (let old = await store.wipeable(before, BATCH); old.length > 0; old = await store.wipeable(before, BATCH)) {
    await Promise.all(old.map((approval) => store.wipe(approval.id, ownEntry('wipe', approval))))
    wiped += old.length
  }
  return wiped
}
