import type { DatabaseSync } from 'node:sqlite'
import { problems } from '../../errors.ts'

// One entry a schema version, in order; PRAGMA user_version counts those that were applied. Never edit one that was released.
//
// What an approval says of itself is one JSON record; the columns that are looked up are generated from it, so that the two cannot
// disagree. The audit can only grow. A run exists once per approval, whatever the code above does.
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE approvals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    record TEXT NOT NULL,
    state TEXT NOT NULL AS (record ->> 'state') STORED,
    requester TEXT NOT NULL AS ((record ->> '$.requester.kind') || ':' || (record ->> '$.requester.subject')) STORED,
    sameness TEXT NOT NULL AS (record ->> 'sameness') STORED,
    idempotency_key TEXT AS (record ->> 'idempotencyKey') STORED,
    created_at INTEGER NOT NULL AS (record ->> 'createdAt') STORED,
    expires_at INTEGER NOT NULL AS (record ->> 'expiresAt') STORED,
    final_at INTEGER AS (record ->> 'finalAt') STORED,
    wiped_at INTEGER AS (record ->> 'wipedAt') STORED
  ) STRICT;
  CREATE INDEX approvals_by_requester ON approvals (requester, state);
  CREATE INDEX approvals_by_state ON approvals (state, number);
  CREATE INDEX approvals_by_expiry ON approvals (expires_at) WHERE final_at IS NULL;
  CREATE INDEX approvals_by_end ON approvals (final_at) WHERE wiped_at IS NULL;
  CREATE UNIQUE INDEX approvals_by_key ON approvals (requester, idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE UNIQUE INDEX approvals_same ON approvals (requester, sameness)
    WHERE state IN ('preparing', 'pending', 'approved', 'executing');

  CREATE TABLE sealed (
    id TEXT PRIMARY KEY REFERENCES approvals (id),
    request BLOB,
    ending BLOB
  ) STRICT;

  CREATE TABLE runs (
    approval TEXT PRIMARY KEY REFERENCES approvals (id),
    id TEXT NOT NULL UNIQUE,
    claimed_by INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE contexts (principal TEXT PRIMARY KEY, context TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    approval TEXT AS (body ->> 'approval') VIRTUAL
  ) STRICT;
  CREATE INDEX audit_by_approval ON audit (seq) WHERE approval IS NOT NULL;
  CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  `,
  `
  CREATE TABLE tokens (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    record TEXT NOT NULL,
    id TEXT NOT NULL AS (record ->> 'id') STORED,
    hash TEXT NOT NULL AS (record ->> 'hash') STORED,
    revoked_at INTEGER AS (record ->> 'revokedAt') STORED
  ) STRICT;
  CREATE UNIQUE INDEX tokens_by_id ON tokens (id);
  CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);
  `,
]

/** Brings a store forward to the schema of this version, in one transaction. Throws `store_unavailable` for a newer one. */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  const version = schemaVersion(database)
  if (version > migrations.length)
    throw problems.storeUnavailable(
      `it has schema version ${version}, and this k8s-mcp knows versions up to ${migrations.length}`,
      'Start the newer k8s-mcp that wrote it.',
    )
  if (version === migrations.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const step of migrations.slice(version)) database.exec(step)
    database.exec(`PRAGMA user_version = ${migrations.length}`)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function schemaVersion(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get()
  return Number(row?.['user_version'] ?? 0)
}
