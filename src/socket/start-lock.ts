import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Held by the one client that starts the server of a data folder. It is a lock of SQLite's, which the kernel drops when its holder dies,
 * however it dies: a file that only exists would stay behind.
 */
export class StartLock {
  readonly #database: DatabaseSync

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, 'start.lock')
    closeSync(openSync(path, 'a', 0o600))
    this.#database = new DatabaseSync(path, { timeout: 0 })
  }

  /** Whether it is this process's now. */
  take(): boolean {
    try {
      if (!this.#database.isTransaction) this.#database.exec('BEGIN EXCLUSIVE')
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }
}

// Result code of SQLite, SQLITE_BUSY (https://sqlite.org/rescode.html).
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 5
