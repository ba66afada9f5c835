import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { problems } from '../../errors.ts'
import { migrate } from './migrations.ts'
import { storeProblem } from './sqlite-faults.ts'

// Each with what SQLite must answer when it is read back: a setting that did not take effect would be a promise broken in silence.
// EXCLUSIVE: the kernel holds the lock for this process and drops it when the process dies, however it dies.
const SETTINGS: readonly (readonly [name: string, value: string, answer: string])[] = [
  ['locking_mode', 'EXCLUSIVE', 'exclusive'],
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', '2'],
  ['fullfsync', 'ON', '1'], // macOS: fsync alone leaves the data in the drive's cache
  ['checkpoint_fullfsync', 'ON', '1'],
  ['secure_delete', 'ON', '1'],
  ['foreign_keys', 'ON', '1'],
  ['trusted_schema', 'OFF', '0'],
]

/**
 * Opens a store's file for this process alone, made where there is none (0600), and brings it forward. Throws `store_locked` where
 * another process has it, `store_damaged`, `store_unavailable`.
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    makeFile(path)
    database = new DatabaseSync(path, { timeout: 0, defensive: true })
    takeLock(database)
    checkWhole(database, path)
    migrate(database)
    return database
  } catch (error) {
    database?.close()
    throw fileProblem(storeProblem(error, path), path)
  }
}

// An existing file is not opened here: closing it would drop the lock that this process may hold on it (POSIX advisory locks).
function makeFile(path: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (existsSync(path)) return chmodSync(path, 0o600)
  // `a`: another server may have made it since; which of them has it the lock decides.
  closeSync(openSync(path, 'a', 0o600))
  if (process.platform !== 'win32') syncFolder(folder)
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

function takeLock(database: DatabaseSync): void {
  for (const [name, value, answer] of SETTINGS) {
    database.exec(`PRAGMA ${name} = ${value}`)
    const row = database.prepare(`PRAGMA ${name}`).get() ?? {}
    const now = String(Object.values(row)[0])
    if (now !== answer) throw problems.storeUnavailable(`SQLite would not set ${name} to ${value}: it is ${now}`)
  }
  database.exec('BEGIN IMMEDIATE')
  database.exec('COMMIT')
}

function checkWhole(database: DatabaseSync, path: string): void {
  const row = database.prepare('PRAGMA quick_check(1)').get() ?? {}
  if (Object.values(row)[0] !== 'ok') throw problems.storeDamaged(`${path} is not a whole SQLite database`)
}

function fileProblem(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error
  return problems.storeUnavailable(
    `${path} cannot be made (${String(error.code)})`,
    'Check DATA_DIR and its permissions.',
  )
}
