import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { openEnding, openRequest } from './payload.ts'
import { sealOf } from './seal.ts'
import { storeProblem } from './sqlite-faults.ts'
import { approvalOf, bytesOf } from './sqlite-rows.ts'
import { STATES, type State } from './states.ts'
import type { Approval } from './types.ts'
import type { Whole } from './view.ts'

/** A store that no server has open, only to look at. */
export interface StoredApprovals {
  /** Newest first; without states all of them. */
  list(states: readonly State[] | undefined): Approval[]
  whole(id: string): Whole | undefined
  close(): void
}

const LIST = `SELECT record FROM approvals WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number DESC`

/** Opens a store without writing to it; undefined where there is none. Throws `store_locked`, `store_damaged`, `store_unavailable`. */
export function readStore({ store: path, key }: { store: string; key: string }): StoredApprovals | undefined {
  if (!existsSync(path)) return undefined
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw storeProblem(error, path)
    }
  }
  const database = guarded(() => new DatabaseSync(path, { readOnly: true, timeout: 0 }))
  return {
    list: (states = STATES) =>
      guarded(() =>
        database
          .prepare(LIST)
          .all(JSON.stringify(states))
          .flatMap((row) => approvalOf(row) ?? []),
      ),
    whole: (id) => guarded(() => wholeOf(database, id, key)),
    close: () => database.close(),
  }
}

function wholeOf(database: DatabaseSync, id: string, key: string): Whole | undefined {
  const approval = approvalOf(database.prepare('SELECT record FROM approvals WHERE id = ?').get(id))
  if (approval === undefined) return undefined
  const row = database.prepare('SELECT request, ending FROM sealed WHERE id = ?').get(id)
  const [request, ending] = [bytesOf(row?.['request']), bytesOf(row?.['ending'])]
  // Without its key the plan stays closed; none is made here.
  if (!existsSync(key)) return { approval }
  const seal = sealOf(key)
  return {
    approval,
    ...(request === undefined ? {} : { request: openRequest(seal, id, request) }),
    ...(ending === undefined ? {} : { ending: openEnding(seal, id, ending) }),
  }
}
