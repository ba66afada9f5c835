import type { DatabaseSync } from 'node:sqlite'
import { Problem, problems } from '../../errors.ts'
import { endsWriting, storeProblem } from './sqlite-faults.ts'

interface Unit {
  work(): unknown
  resolve(value: unknown): void
  reject(error: unknown): void
  failed?: { error: unknown }
  value?: unknown
}

/**
 * Runs writes in order, those that have gathered in one turn of the event loop under one COMMIT and one fsync. A promise resolves only
 * after that. A write that throws takes back itself and nothing else; a COMMIT that fails takes back all of its group.
 */
export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #path: string
  #queue: Unit[] = []
  #broken: unknown

  constructor(database: DatabaseSync, path: string) {
    this.#database = database
    this.#path = path
  }

  /** Why nothing more is written; undefined: writing goes on. */
  get problem(): Problem | undefined {
    if (this.#broken === undefined || this.#broken instanceof Problem) return this.#broken
    return problems.storeUnavailable('it could not be written')
  }

  submit<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#broken !== undefined) return reject(this.#broken)
      if (this.#queue.length === 0) setImmediate(() => this.#flush())
      let value: T
      const unit = {
        work: () => (value = work()),
        resolve: () => resolve(value),
        reject,
      }
      this.#queue.push(unit)
    })
  }

  #flush(): void {
    const units = this.#queue
    this.#queue = []
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const unit of units) this.#run(unit)
      this.#database.exec('COMMIT')
    } catch (error) {
      return this.#giveUp(units, error)
    }
    for (const unit of units) {
      if (unit.failed === undefined) unit.resolve(unit.value)
      else unit.reject(unit.failed.error)
    }
  }

  // A savepoint each. Where SQLite has ended the whole transaction by itself (disk full, I/O error), rolling back to it throws, and
  // the group fails as one.
  #run(unit: Unit): void {
    this.#database.exec('SAVEPOINT unit')
    try {
      unit.value = unit.work()
    } catch (error) {
      if (!this.#database.isTransaction) throw error
      this.#database.exec('ROLLBACK TO unit')
      unit.failed = { error: storeProblem(error, this.#path) }
      if (endsWriting(error)) throw error
    }
    this.#database.exec('RELEASE unit')
  }

  #giveUp(units: readonly Unit[], error: unknown): void {
    const problem = storeProblem(error, this.#path)
    if (endsWriting(error)) this.#broken = problem
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    } catch (again) {
      this.#broken = storeProblem(again, this.#path)
    }
    for (const unit of units) unit.reject(problem)
  }
}
