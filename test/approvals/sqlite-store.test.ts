import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { entry } from '../../src/services/approvals/core.ts'
import { migrate } from '../../src/services/approvals/migrations.ts'
import { openDatabase } from '../../src/services/approvals/sqlite-open.ts'
import { openSqliteStore } from '../../src/services/approvals/sqlite-store.ts'
import type { ApprovalStore } from '../../src/services/approvals/store.ts'
import { acting, AGENT, folder, newApproval, seal, START_TIME, TestClock } from './support.ts'
import { storeConformance } from './store-conformance.ts'

const paths = new WeakMap<ApprovalStore, string>()
const { keyId } = seal
const clock = () => START_TIME

storeConformance({
  name: 'SQLite',
  async open(t) {
    const path = join(folder(t), 'approvals.db')
    const store = await openSqliteStore({ path, keyId, clock })
    paths.set(store, path)
    t.after(() => store.close())
    return store
  },
  async reopen(t, store) {
    await store.close()
    const again = await openSqliteStore({ path: paths.get(store) ?? '', keyId, clock })
    t.after(() => again.close())
    return again
  },
})

const request = entry('request', acting(AGENT))
const ask = (store: ApprovalStore) => store.add(newApproval(), 20, request)

test('the settings that durability rests on are in force', (t) => {
  const database = openDatabase(join(folder(t), 'a.db'))
  t.after(() => database.close())
  const setting = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
  assert.deepEqual([setting('journal_mode'), setting('synchronous'), setting('locking_mode')], ['wal', 2, 'exclusive'])
  const tables = database
    .prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'")
    .all()
  assert.ok(tables.length >= 6)
  assert.deepEqual(
    tables.filter(({ strict }) => strict !== 1),
    [],
  )
})

test('the file and its log can be read by their owner only', async (t) => {
  const path = join(folder(t), 'a.db')
  const store = await openSqliteStore({ path, keyId })
  t.after(() => store.close())
  await ask(store)
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600, file)
})

test('a second owner in the same process refuses to start, and the first goes on', async (t) => {
  const path = join(folder(t), 'a.db')
  const store = await openSqliteStore({ path, keyId })
  t.after(() => store.close())
  await assert.rejects(openSqliteStore({ path, keyId }), { code: 'store_locked', message: /a\.db/ })
  assert.ok((await ask(store)).added)
})

test('a second process refuses to start; when the first one is killed the store is free, with all it acknowledged', async (t) => {
  const path = join(folder(t), 'a.db')
  const module = new URL('../../src/services/approvals/sqlite-store.ts', import.meta.url).href
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(module)})
    const store = await openSqliteStore({ path: ${JSON.stringify(path)}, keyId: ${JSON.stringify(keyId)} })
    await store.setContext({ kind: 'agent', subject: 'local' }, 'kept', ${JSON.stringify(request)})
    console.log('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  await assert.rejects(openSqliteStore({ path, keyId }), { code: 'store_locked' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = await openSqliteStore({ path, keyId })
  t.after(() => store.close())
  assert.equal((await store.contexts()).get('agent:local'), 'kept')
})

test('a store is not opened with another key than the one that sealed it', async (t) => {
  const path = join(folder(t), 'a.db')
  await (await openSqliteStore({ path, keyId })).close()
  await assert.rejects(openSqliteStore({ path, keyId: 'other' }), {
    code: 'store_unavailable',
    message: /sealed with key/,
  })
})

test('a damaged file is said to be damaged, and left as it is', async (t) => {
  const path = join(folder(t), 'a.db')
  const store = await openSqliteStore({ path, keyId })
  await ask(store)
  await store.close()
  const bytes = readFileSync(path)
  bytes.fill(0x5a, 4096)
  writeFileSync(path, bytes)
  await assert.rejects(openSqliteStore({ path, keyId }), { code: 'store_damaged' })
  assert.deepEqual(readFileSync(path), bytes)
  writeFileSync(path, 'no database at all, but long enough to be looked at by SQLite as one')
  await assert.rejects(openSqliteStore({ path, keyId }), { code: 'store_damaged' })
})

test('a full disk refuses the write and nothing else: reads go on, and writes again when there is room', async (t) => {
  const path = join(folder(t), 'a.db')
  const database = openDatabase(path)
  const limit = (pages: number) => database.exec(`PRAGMA max_page_count = ${pages}`)
  const store = await openSqliteStore({ path, keyId }, database)
  t.after(() => store.close())
  const first = await ask(store)
  assert.ok(first.added)
  limit(Number(database.prepare('PRAGMA page_count').get()?.['page_count']) + 4)
  await assert.rejects(fill(store), { code: 'store_unavailable', message: /full/ })
  assert.deepEqual(await store.get(first.approval.id), first.approval)
  limit(1_000_000)
  assert.ok((await ask(store)).added)
})

async function fill(store: ApprovalStore): Promise<void> {
  for (let round = 0; round < 500; round += 1) await store.audit({ ...request, detail: { text: 'x'.repeat(4000) } })
}

test('a folder that cannot be made is said so', async (t) => {
  const file = join(folder(t), 'file')
  writeFileSync(file, '')
  const opening = openSqliteStore({ path: join(file, 'a.db'), keyId })
  await assert.rejects(opening, { code: 'store_unavailable', message: /cannot be made/ })
})

test('a store that has become read-only refuses each write, and reads go on', async (t) => {
  const path = join(folder(t), 'a.db')
  const database = openDatabase(path)
  const store = await openSqliteStore({ path, keyId }, database)
  t.after(() => store.close())
  const { approval } = await ask(store)
  database.exec('PRAGMA query_only = ON')
  await assert.rejects(ask(store), { code: 'store_unavailable', message: /read-only/ })
  assert.deepEqual(await store.get(approval.id), approval)
})

test('a clock that jumps back stops writes, never reads, and goes on once it is right or accepted', async (t) => {
  const path = join(folder(t), 'a.db')
  const time = new TestClock()
  const store = await openSqliteStore({ path, keyId, clock: time.now })
  const { approval } = await ask(store)
  time.forward(-3_600_000)
  await assert.rejects(ask(store), { code: 'clock_went_back', message: /3600 s/ })
  assert.throws(() => store.now(), { code: 'clock_went_back' })
  assert.deepEqual(await store.get(approval.id), approval)
  time.forward(3_599_000)
  assert.equal(store.now(), START_TIME, 'a second of difference is waited out')
  time.forward(-3_599_000)
  await store.close()
  await assert.rejects(openSqliteStore({ path, keyId, clock: time.now }), { code: 'clock_went_back' })
  const again = await openSqliteStore({ path, keyId, clock: time.now, acceptClock: true })
  t.after(() => again.close())
  assert.equal(again.now(), time.at)
  assert.deepEqual(
    (await again.due(again.now(), 10)).map(({ id }) => id),
    [approval.id],
  )
})

test('rows of the audit can be neither altered nor removed by SQL', (t) => {
  const database = openDatabase(join(folder(t), 'a.db'))
  t.after(() => database.close())
  database.exec("INSERT INTO audit (seq, body) VALUES (1, '{}')")
  assert.throws(() => database.exec('DELETE FROM audit'), /append-only/)
  assert.throws(() => database.exec('UPDATE audit SET body = \'{"a":1}\''), /append-only/)
})

test('a store of an older version is brought forward, one of a newer version is refused', (t) => {
  const database = new DatabaseSync(':memory:')
  t.after(() => database.close())
  migrate(database, ['CREATE TABLE a (x TEXT) STRICT'])
  database.exec("INSERT INTO a VALUES ('kept')")
  const both = ['CREATE TABLE a (x TEXT) STRICT', 'ALTER TABLE a ADD COLUMN y TEXT']
  migrate(database, both)
  migrate(database, both)
  assert.deepEqual({ ...database.prepare('SELECT * FROM a').get() }, { x: 'kept', y: null })
  assert.throws(() => migrate(database, ['one']), { code: 'store_unavailable', message: /version 2/ })
})

test('a migration that fails leaves the store as it was', (t) => {
  const database = new DatabaseSync(':memory:')
  t.after(() => database.close())
  assert.throws(() => migrate(database, ['CREATE TABLE a (x TEXT) STRICT', 'not SQL']))
  assert.equal(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'], 0)
})
