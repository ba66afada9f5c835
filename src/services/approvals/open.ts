import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { problems } from '../../errors.ts'
import { Notifier } from './notify.ts'
import { type Seal, sealOf } from './seal.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { ApprovalStore } from './store.ts'

/** The store and the key that seals it, open. */
export interface Opened {
  store: ApprovalStore
  seal: Seal
}

/**
 * Opens the store of this server for this process alone, made where there is none. Throws `store_locked` where another server has it,
 * `store_damaged`, `store_unavailable`.
 */
export async function openStore(places: { folder: string; key: string; store: string }): Promise<Opened> {
  makeFolder(places.folder)
  const seal = sealOf(places.key)
  return { seal, store: await openSqliteStore({ path: places.store, keyId: seal.keyId }) }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw problems.storeUnavailable(
      `its folder ${folder} cannot be made (${code})`,
      'Set DATA_DIR to a folder that can be written.',
    )
  }
}

export interface NotifySettings {
  url: string
  secret: string
  linkTo(id: string): string
  failed(id: string, why: string): void
}

/** Tells a webhook of what happens to approvals. */
export const notifierOf = (store: ApprovalStore, settings: NotifySettings): Notifier =>
  new Notifier({
    ...settings,
    store,
    sleep: async (milliseconds, signal) => pause(milliseconds, undefined, { signal, ref: false }),
  })
