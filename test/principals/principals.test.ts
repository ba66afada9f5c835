import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { allRows } from '../../src/services/approvals/audit.ts'
import { openSqliteStore } from '../../src/services/approvals/sqlite-store.ts'
import { Principals } from '../../src/services/principals/principals.ts'
import type { TokenSpec } from '../../src/services/principals/token.ts'
import { acting, ALICE, folder, seal, TestClock } from '../approvals/support.ts'

const DAY = 86_400_000
const alice: TokenSpec = { kind: 'person', subject: 'alice', role: 'approver' }
const by = acting(ALICE)

async function scene(t: TestContext, { clock = new TestClock(), path = join(folder(t), 'a.db') } = {}) {
  const store = await openSqliteStore({ path, keyId: seal.keyId, clock: clock.now })
  const principals = await Principals.open({ store, operator: 'olga', clock: clock.now })
  const close = async () => {
    principals.close()
    await store.close()
  }
  t.after(close)
  return { store, principals, clock, path, close }
}

test('a token names who holds it, and what it may do and where', async (t) => {
  const { principals } = await scene(t)
  const { token, record } = await principals.create(
    { ...alice, groups: ['sre'], contexts: ['prod-*'], namespaces: ['shop'] },
    by,
  )
  assert.match(token, /^k8smcp_person_[A-Za-z0-9_-]{43}$/)
  assert.deepEqual(principals.authenticate(token), {
    tokenId: record.id,
    principal: { kind: 'person', subject: 'alice' },
    grant: { role: 'approver', groups: ['sre'], scope: { contexts: ['prod-*'], namespaces: ['shop'] } },
  })
})

test('tokens are all different, and nothing but the very text is one', async (t) => {
  const { principals } = await scene(t)
  const made = await Promise.all(Array.from({ length: 20 }, () => principals.create(alice, by)))
  assert.equal(new Set(made.map(({ token }) => token)).size, 20)
  assert.equal(new Set(made.map(({ record }) => record.id)).size, 20)
  const [{ token } = { token: '' }] = made
  const last = token.at(-1) === 'A' ? 'B' : 'A'
  const others = [
    '',
    token.slice(0, -1),
    token.slice(0, -1) + last,
    `${token} `,
    `${token}A`,
    token.toUpperCase(),
    token.replace('person', 'agent'),
    token.replace('k8smcp_', ''),
    'k8smcp_person_',
    `k8smcp_person_${'A'.repeat(43)}`,
    '__proto__',
  ]
  for (const other of others) assert.equal(principals.authenticate(other), undefined, other)
  assert.ok(principals.authenticate(token) !== undefined)
})

test('what is found is compared whole, in constant time', () => {
  const source = readFileSync(join(import.meta.dirname, '../../src/services/principals/principals.ts'), 'utf8')
  const find = /#find\(token: string\)[^}]+\}/s.exec(source)?.[0] ?? ''
  assert.match(find, /timingSafeEqual\(held\.hash, hash\) \? held : undefined/)
  assert.doesNotMatch(source, /hash ===|=== hash/)
})

test('a token is known after a restart, and a revoked one is not', async (t) => {
  const { principals, path, close, clock } = await scene(t)
  const kept = await principals.create(alice, by)
  const ended = await principals.create(alice, by)
  await principals.revoke(ended.record.id, by)
  await close()
  const again = await scene(t, { path, clock })
  assert.equal(again.principals.authenticate(kept.token)?.tokenId, kept.record.id)
  assert.equal(again.principals.authenticate(ended.token), undefined)
})

test('the text of a token is shown once and is nowhere on the disk, in a list, in the audit', async (t) => {
  const { principals, store, path, close } = await scene(t)
  const { token, record } = await principals.create(alice, by)
  await principals.create({ ...alice, kind: 'agent', subject: 'bot', role: 'admin' }, by)
  const secret = token.slice('k8smcp_person_'.length)
  const isThere = () =>
    globSync(`${dirname(path)}/**`, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => readFileSync(file).includes(secret))
  assert.deepEqual(isThere(), [])
  const found = globSync(`${dirname(path)}/*-wal`).map((file) => readFileSync(file).includes(record.id))
  assert.deepEqual(found, [true], 'the search finds what is there')
  const said = JSON.stringify([
    principals.list(),
    await Array.fromAsync(allRows((...page) => store.auditRows(...page))),
  ])
  assert.ok(said.includes(record.id) && !said.includes(secret))
  assert.deepEqual(principals.list()[0], record, 'no hash is listed either')
  await close()
  assert.deepEqual(isThere(), [])
})

test('making and ending a token is in the audit, with who did it and what it allows', async (t) => {
  const { principals, store } = await scene(t)
  const { record } = await principals.create({ ...alice, namespaces: ['shop'] }, by)
  await principals.revoke(record.id, by)
  await principals.revoke(record.id, by)
  const rows = (await store.auditRows(0, 100)).filter(({ event }) => event.startsWith('token_'))
  const { id } = record
  assert.deepEqual(
    rows.map(({ event, principal, door, detail }) => ({ event, principal, door, detail })),
    [
      {
        event: 'token_created',
        principal: 'person:alice',
        door: 'rest',
        detail: { id, kind: 'person', subject: 'alice', role: 'approver', groups: [], scope: { namespaces: ['shop'] } },
      },
      {
        event: 'token_revoked',
        principal: 'person:alice',
        door: 'rest',
        detail: { id, kind: 'person', subject: 'alice', role: 'approver' },
      },
    ],
  )
})

test('a revoked token ends at once, before the store has said anything', async (t) => {
  const { principals } = await scene(t)
  const { token, record } = await principals.create(alice, by)
  const revoking = principals.revoke(record.id, by)
  assert.equal(principals.authenticate(token), undefined)
  assert.match(principals.whyNot(token).why, /revoked/)
  await revoking
  assert.equal(principals.list()[0]?.revokedAt !== undefined, true)
})

test('where a revocation cannot be stored it is told, and the token is ended all the same', async (t) => {
  const { principals, store } = await scene(t)
  const { token, record } = await principals.create(alice, by)
  await store.close()
  await assert.rejects(principals.revoke(record.id, by))
  assert.equal(principals.authenticate(token), undefined)
})

test('where a token cannot be stored there is none', async (t) => {
  const { principals, store } = await scene(t)
  await store.close()
  await assert.rejects(principals.create(alice, by))
  assert.deepEqual(principals.list(), [])
})

test('a token expires, and a clock that goes back does not bring it back', async (t) => {
  const clock = new TestClock()
  const { principals } = await scene(t, { clock })
  const { token } = await principals.create({ ...alice, expiresAt: clock.at + DAY }, by)
  clock.forward(DAY - 1)
  assert.ok(principals.authenticate(token) !== undefined)
  clock.forward(1)
  assert.equal(principals.authenticate(token), undefined)
  assert.match(principals.whyNot(token).why, /expired/)
  clock.forward(-2 * DAY)
  assert.equal(principals.authenticate(token), undefined)
})

test('whoever wants to know hears of each change, also of an expiry that nobody asked about', async (t) => {
  const store = await openSqliteStore({ path: join(folder(t), 'a.db'), keyId: seal.keyId })
  const principals = await Principals.open({ store, operator: 'olga' })
  t.after(() => store.close())
  t.after(() => principals.close())
  const heard: number[] = []
  principals.onChange(() => heard.push(principals.persons()))
  await principals.create({ ...alice, expiresAt: Date.now() + 60 }, by)
  while (heard.length < 2) await pause(5)
  assert.deepEqual(heard, [2, 1])
})

test('people known are the operator and the holders of tokens that hold, each once', async (t) => {
  const { principals } = await scene(t)
  assert.equal(principals.persons(), 1)
  await principals.create({ ...alice, subject: 'olga' }, by)
  await principals.create({ ...alice, kind: 'agent', subject: 'bot' }, by)
  assert.equal(principals.persons(), 1, 'the operator with a token is one person, and an agent is none')
  const { record } = await principals.create(alice, by)
  await principals.create(alice, by)
  assert.equal(principals.persons(), 2)
  await principals.revoke(record.id, by)
  assert.equal(principals.persons(), 2, 'another token of the same person holds')
})

test('when a token was last used is known as long as the server runs', async (t) => {
  const { principals, clock } = await scene(t)
  const { token } = await principals.create(alice, by)
  assert.equal(principals.list()[0]?.lastUsedAt, undefined)
  clock.forward(1000)
  principals.authenticate(token)
  assert.equal(principals.list()[0]?.lastUsedAt, clock.at)
})

const BAD: [what: string, spec: object, says: RegExp][] = [
  ['no kind', { subject: 'x', role: 'viewer' }, /kind/],
  ['an unknown kind', { ...alice, kind: 'robot' }, /kind.*agent, person, service/],
  ['an unknown role', { ...alice, role: 'root' }, /role.*viewer, requester, approver, admin/],
  ['the role none', { ...alice, role: 'none' }, /role/],
  ['an empty subject', { ...alice, subject: '' }, /subject/],
  ['a subject as long as a book', { ...alice, subject: 'x'.repeat(129) }, /subject/],
  ['a subject that looks like a client of stdio', { ...alice, kind: 'agent', subject: 'stdio:me:app' }, /subject/],
  ['a subject with signs that hide', { ...alice, subject: 'ali\u202ece' }, /subject/],
  ['the name of callers without a token', { ...alice, kind: 'agent', subject: 'local' }, /gives itself/],
  ['the name of those who were refused', { ...alice, kind: 'agent', subject: 'anonymous' }, /gives itself/],
  ['the name of the server', { ...alice, kind: 'service', subject: 'k8s-mcp' }, /gives itself/],
  ['a scope of nothing', { ...alice, namespaces: [] }, /namespaces/],
  ['an empty pattern', { ...alice, contexts: [''] }, /contexts/],
  ['an end in the past', { ...alice, expiresAt: 1 }, /over/],
  ['an end that is no time', { ...alice, expiresAt: Number.NaN }, /expiresAt/],
  ['a field that does not exist', { ...alice, admin: true }, /admin/],
]

for (const [what, spec, says] of BAD)
  test(`a token with ${what} is refused with a reason, and none is made`, async (t) => {
    const { principals, store } = await scene(t)
    const before = await store.head()
    const making: unknown = Reflect.apply(Reflect.get(principals, 'create'), principals, [spec, by])
    assert.ok(making instanceof Promise)
    await assert.rejects(making, { code: 'bad_input', message: says })
    assert.deepEqual([principals.list(), await store.head()], [[], before])
  })

test('a token that is not there cannot be revoked', async (t) => {
  const { principals } = await scene(t)
  await assert.rejects(principals.revoke('tok_none', by), { code: 'token_not_found', next: /token list/ })
})

test('a store whose tokens were altered into something that none can be is not believed', async (t) => {
  const { principals, path, close } = await scene(t)
  await principals.create(alice, by)
  await close()
  const database = new DatabaseSync(path)
  database.exec("UPDATE tokens SET record = json_set(record, '$.role', 'root')")
  database.close()
  const store = await openSqliteStore({ path, keyId: seal.keyId, clock: new TestClock().now })
  t.after(() => store.close())
  await assert.rejects(Principals.open({ store, operator: 'olga' }), { code: 'store_damaged', message: /token/ })
})
