import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutApiServer } from '../cluster/shared.ts'
import { startCluster } from '../cluster/start.ts'

let cluster: Promise<TestCluster> | undefined
let folder: string | undefined

/** Where lives keep what Node has compiled: the same for all of this process. */
export function compileCache(): string {
  if (folder !== undefined) return folder
  const made = mkdtempSync(join(tmpdir(), 'k8s-mcp-compiled-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return (folder = made)
}

/**
 * A test on a bare API server that all tests of a file share. Not the cluster of the whole run: no controller must write to the
 * objects whose writes are counted.
 */
export function crashTest(name: string, body: (cluster: TestCluster, context: TestContext) => Promise<void>): void {
  void test(name, { skip: skipWithoutApiServer() }, async (context) =>
    body(await (cluster ??= startCluster({ apiOnly: true })), context),
  )
}
