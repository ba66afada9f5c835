import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AuditRow, exportAudit, hashOf, rowAfter, START, verifyAudit } from '../../src/services/approvals/audit.ts'
import { entry } from '../../src/services/approvals/core.ts'
import { acting, AGENT, START_TIME } from './support.ts'

function chain(length: number): AuditRow[] {
  const rows: AuditRow[] = []
  let head = START
  for (let index = 0; index < length; index += 1) {
    const row = rowAfter(head, START_TIME + index, entry('request', acting(AGENT), { index }))
    rows.push(row)
    head = { seq: row.seq, head: row.hash }
  }
  return rows
}

const rows = chain(12)
const last = rows.at(-1)
const head = { seq: last?.seq ?? 0, head: last?.hash ?? '' }
const faultIn = async (changed: AuditRow[]) => (await verifyAudit(changed, head)).fault

test('a chain that nobody touched is whole, with its head and without', async () => {
  assert.deepEqual(await verifyAudit(rows, head), { rows: 12, head })
  assert.equal((await verifyAudit(rows)).fault, undefined)
  assert.equal((await verifyAudit([])).fault, undefined)
})

for (let index = 0; index < rows.length; index += 1) {
  test(`row ${index + 1} of 12 altered, removed, doubled or moved is found`, async () => {
    const altered = rows.map((row, at) => (at === index ? { ...row, principal: 'person:mallory' } : row))
    assert.equal((await faultIn(altered))?.seq, index + 1)
    const rehashed = altered.map(({ hash, ...row }, at) => ({ ...row, hash: at === index ? hashOf(row) : hash }))
    assert.ok((await faultIn(rehashed)) !== undefined)
    assert.equal((await faultIn(rows.toSpliced(index, 1)))?.seq, index + 1)
    const row = rows[index]
    assert.ok(row !== undefined)
    assert.ok((await faultIn(rows.toSpliced(index, 0, row))) !== undefined)
    const moved = rows.toSpliced(index, 1).toSpliced((index + 5) % 11, 0, row)
    if (moved.some((each, at) => each !== rows[at])) assert.ok((await faultIn(moved)) !== undefined)
  })
}

test('a tail that was cut off shows against a head that was kept, and a chain made anew too', async () => {
  assert.match((await faultIn(rows.slice(0, 7)))?.text ?? '', /cut off/)
  assert.match((await faultIn([]))?.text ?? '', /cut off/)
  const anew: AuditRow[] = []
  for (const { hash: _, prev: __, ...row } of rows) {
    const made = { ...row, at: row.at + 1, prev: anew.at(-1)?.hash ?? START.head }
    anew.push({ ...made, hash: hashOf(made) })
  }
  assert.equal((await verifyAudit(anew)).fault, undefined, 'in itself it is whole')
  assert.match((await faultIn(anew))?.text ?? '', /made anew/)
})

test('a head that was kept long ago still fits the chain that went on', async () => {
  const kept = rows[4]
  assert.equal((await verifyAudit(rows, { seq: 5, head: kept?.hash ?? '' })).fault, undefined)
})

test('any change of any character of an exported audit is found', async () => {
  const lines = await Array.fromAsync(exportAudit(Readable(rows)))
  const text = lines.join('')
  assert.equal((await verifyAudit(parse(text), head)).fault, undefined)
  await fc.assert(
    fc.asyncProperty(
      fc.nat(text.length - 1),
      fc.constantFrom('0', 'a', 'Z', '"', '}', ':', ','),
      async (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        fc.pre(changed !== text)
        let read: AuditRow[]
        try {
          read = parse(changed)
        } catch {
          return
        }
        assert.ok((await verifyAudit(read, head)).fault !== undefined, changed)
      },
    ),
    { numRuns: 500 },
  )
})

const parse = (text: string): AuditRow[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): AuditRow => JSON.parse(line))

async function* Readable(all: AuditRow[]): AsyncGenerator<AuditRow> {
  yield* all
}
