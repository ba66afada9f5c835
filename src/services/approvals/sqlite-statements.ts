import type { DatabaseSync, StatementSync } from 'node:sqlite'

const LATER = 'number < ifnull((SELECT number FROM approvals WHERE id = $before), 9223372036854775807)'
const IN_STATES = 'state IN (SELECT value FROM json_each($states))'

const SQL = {
  meta: 'SELECT value FROM meta WHERE name = ?',
  setMeta: 'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',

  insert: 'INSERT INTO approvals (id, version, record) VALUES (?, ?, ?)',
  update: 'UPDATE approvals SET version = ?, record = ? WHERE id = ? AND version = ?',
  insertRun: 'INSERT INTO runs (approval, id, claimed_by) VALUES (?, ?, ?)',
  byId: 'SELECT record FROM approvals WHERE id = ?',
  byKey: 'SELECT record FROM approvals WHERE requester = ? AND idempotency_key = ?',
  bySameness: `SELECT record FROM approvals WHERE requester = ? AND sameness = ?
    AND state IN ('preparing', 'pending', 'approved', 'executing')`,
  countOpen: `SELECT count(*) AS open FROM approvals WHERE requester = ?
    AND state IN ('preparing', 'pending', 'approved', 'executing')`,
  count: 'SELECT count(*) AS count FROM approvals WHERE state IN (SELECT value FROM json_each(?))',
  // One for each question: with `? IS NULL OR` SQLite would use no index.
  list: `SELECT record FROM approvals WHERE ${LATER} AND ${IN_STATES} ORDER BY number DESC LIMIT $limit`,
  listOf: `SELECT record FROM approvals INDEXED BY approvals_by_requester
    WHERE requester = $requester AND ${IN_STATES} AND ${LATER}
    ORDER BY number DESC LIMIT $limit`,
  due: `SELECT record FROM approvals WHERE final_at IS NULL AND (expires_at <= ? OR created_at > ?)
    AND state IN ('preparing', 'pending', 'approved') LIMIT ?`,
  wipeable: 'SELECT record FROM approvals WHERE wiped_at IS NULL AND final_at < ? LIMIT ?',

  sealed: 'SELECT request, ending FROM sealed WHERE id = ?',
  sealRequest: 'INSERT INTO sealed (id, request) VALUES (?, ?)',
  sealEnding: 'INSERT INTO sealed (id, ending) VALUES (?, ?) ON CONFLICT DO UPDATE SET ending = excluded.ending',
  unseal: 'DELETE FROM sealed WHERE id = ?',

  contexts: 'SELECT principal, context FROM contexts',
  setContext: 'INSERT INTO contexts VALUES (?, ?) ON CONFLICT DO UPDATE SET context = excluded.context',

  tokens: 'SELECT record FROM tokens ORDER BY number',
  insertToken: 'INSERT INTO tokens (record) VALUES (?)',
  revokeToken: "UPDATE tokens SET record = json_set(record, '$.revokedAt', ?) WHERE id = ? AND revoked_at IS NULL",

  insertAudit: 'INSERT INTO audit (seq, body) VALUES (?, ?)',
  lastAudit: 'SELECT body FROM audit ORDER BY seq DESC LIMIT 1',
  audit: 'SELECT body FROM audit WHERE seq > ? ORDER BY seq LIMIT ?',
  happened: 'SELECT body FROM audit WHERE seq > ? AND approval IS NOT NULL ORDER BY seq LIMIT ?',
} as const

export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>

/** Every statement of the store, prepared once. */
export function statementsOf(database: DatabaseSync): Statements {
  const prepared = (name: keyof typeof SQL) => database.prepare(SQL[name])
  return {
    meta: prepared('meta'),
    setMeta: prepared('setMeta'),
    insert: prepared('insert'),
    update: prepared('update'),
    insertRun: prepared('insertRun'),
    byId: prepared('byId'),
    byKey: prepared('byKey'),
    bySameness: prepared('bySameness'),
    countOpen: prepared('countOpen'),
    count: prepared('count'),
    list: prepared('list'),
    listOf: prepared('listOf'),
    due: prepared('due'),
    wipeable: prepared('wipeable'),
    sealed: prepared('sealed'),
    sealRequest: prepared('sealRequest'),
    sealEnding: prepared('sealEnding'),
    unseal: prepared('unseal'),
    contexts: prepared('contexts'),
    setContext: prepared('setContext'),
    tokens: prepared('tokens'),
    insertToken: prepared('insertToken'),
    revokeToken: prepared('revokeToken'),
    insertAudit: prepared('insertAudit'),
    lastAudit: prepared('lastAudit'),
    audit: prepared('audit'),
    happened: prepared('happened'),
  }
}
