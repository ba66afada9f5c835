import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { assetsFolder, builtPaths, goVersion } from './binaries.ts'
import { isRecord } from './client.ts'
import { attach, type ClusterFacts, type TestCluster } from './cluster.ts'
import { seedTroubles } from './seed.ts'
import { startCluster, type OwnCluster } from './start.ts'
import type { RecordedObject } from './troubles.ts'

/** Environment variable with the path of the facts (JSON) of the cluster that a whole test run shares. */
export const sharedVariable = 'K8S_MCP_TEST_CLUSTER'

/** Why cluster tests are left out; a test skipped for it says exactly this. */
export const withoutCluster =
  'needs the test cluster: install Go 1.26 or newer, run `npm run test:cluster:build` once, then `npm test`'

const isFacts = (value: unknown): value is ClusterFacts =>
  isRecord(value) && typeof value['dir'] === 'string' && isRecord(value['users']) && isRecord(value['locations'])

/** Writes what other processes need to use this cluster, and answers the file's path (0600, removed with the cluster). */
export async function share(cluster: OwnCluster): Promise<string> {
  const { dir, server, kubeconfig, ca, authority, users, unreachable, blackhole, locations, kubeletPort } = cluster
  const facts = { dir, server, kubeconfig, ca, authority, users, unreachable, blackhole, locations, kubeletPort }
  const file = join(dir, 'facts.json')
  await writeFile(file, JSON.stringify(facts), { mode: 0o600 })
  return file
}

function sharedCluster(file: string): TestCluster {
  const facts: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isFacts(facts)) throw new Error(`${sharedVariable} names ${file}, which does not describe a test cluster.`)
  return attach(facts)
}

let cluster: Promise<TestCluster> | undefined

/**
 * The cluster of this test run: the shared one of `npm test`, or, when a test file runs alone, one that is started on
 * first use and ends with the process. Tests that stop it or change its certificate start their own instead.
 */
export function testCluster(): Promise<TestCluster> {
  const shared = process.env[sharedVariable]
  cluster ??= shared === undefined ? startCluster() : Promise.resolve(sharedCluster(shared))
  return cluster
}

// Looked up once: finding the Go release starts a process.
let absence: string | false | undefined

/** Why a whole cluster cannot run here (value for a test's `skip` option), or false where it can. */
export function skipWithoutCluster(): string | false {
  if (process.env[sharedVariable] !== undefined) return false
  absence ??= goVersion() === undefined && builtPaths() === undefined ? withoutCluster : false
  return absence
}

/** The same for a cluster started with `apiOnly`, for which the programs of `KUBEBUILDER_ASSETS` are enough. */
export const skipWithoutApiServer = (): string | false => (assetsFolder() === undefined ? skipWithoutCluster() : false)

/** A test on the cluster of this run; skipped, and counted as left out, where there is none. */
export function clusterTest(name: string, body: (cluster: TestCluster, context: TestContext) => Promise<void>): void {
  void test(name, { skip: skipWithoutCluster() }, async (context) => body(await testCluster(), context))
}

/** A cluster with the recorded troubles in it, which no controller touches. */
export interface TroubleCluster {
  readonly cluster: TestCluster
  /** The recorded objects, their times moved as they are in the cluster. */
  readonly objects: readonly RecordedObject[]
}

let troubles: Promise<TroubleCluster> | undefined

async function startTroubles(): Promise<TroubleCluster> {
  const started = await startCluster({ apiOnly: true })
  return { cluster: started, objects: await seedTroubles(started) }
}

/**
 * A test on the recorded troubles (test/data/troubles). All tests of a file share one cluster; it is not the cluster of
 * `clusterTest`, whose controllers would put right what the recording says is wrong.
 */
export function troubleTest(
  name: string,
  body: (troubles: TroubleCluster, context: TestContext) => Promise<void>,
): void {
  void test(name, { skip: skipWithoutApiServer() }, async (context) =>
    body(await (troubles ??= startTroubles()), context),
  )
}

/**
 * A new namespace for one test, ready for pods. It is left to the end of the cluster: deleting it would only cost the
 * other tests time.
 */
export async function withNamespace({ api }: TestCluster): Promise<string> {
  const name = `test-${randomBytes(5).toString('hex')}`
  await api.create('/api/v1/namespaces', { metadata: { name } })
  // Admission refuses pods until this account exists; the controller would create it in a moment.
  await api.ensure(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
  return name
}
