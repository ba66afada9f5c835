import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { TestCluster } from '../../cluster/cluster.ts'
import type { Ends } from '../../support/ends.ts'
import { folder } from '../../support/process.ts'

/** A helm of the test cluster, and where it keeps its releases. */
export interface HelmSetup {
  readonly binary: 'helm' | 'helm3'
  readonly driver: 'secret' | 'configmap'
}

/** Runs helm with its settings; answers its stdout. A failure is an exception unless `mayFail`. */
export async function runHelm(
  cluster: TestCluster,
  { binary, driver }: HelmSetup,
  args: readonly string[],
  mayFail = false,
): Promise<string> {
  const home = join(cluster.dir, 'helm')
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    KUBECONFIG: cluster.kubeconfig,
    HELM_DRIVER: driver,
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
  }
  const child = spawn(cluster.binary(binary), ['--kube-context=admin', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  assert.ok(mayFail || child.exitCode === 0, `${binary} ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** The JSON that helm prints. */
export async function helmJson(cluster: TestCluster, setup: HelmSetup, args: readonly string[]): Promise<unknown> {
  const value: unknown = JSON.parse(await runHelm(cluster, setup, [...args, '-o', 'json']))
  return value
}

/** The folder of the chart of these tests, a copy of its own. */
export function chartFolder(t: Ends): string {
  const chart = join(folder(t), 'shop')
  cpSync(join(import.meta.dirname, '..', '..', 'data', 'charts', 'shop'), chart, { recursive: true })
  return chart
}

/** Writes a values file and answers its path. */
export function valuesFile(t: Ends, values: object): string {
  const path = join(folder(t), 'values.json')
  writeFileSync(path, JSON.stringify(values))
  return path
}

/** A stored revision as these tests make one up. */
export interface MadeUp {
  name: string
  revision?: number
  status?: string
  /** In the place of a real release's JSON. */
  payload?: string
  manifest?: string
  values?: object
  notes?: string
  labels?: Record<string, string>
}

const base64 = (value: string) => Buffer.from(value).toString('base64')

/** `data.release` as Helm writes it, before a Secret encodes it once more. */
export const packed = (release: object): string => gzipSync(JSON.stringify(release)).toString('base64')

/** The JSON that Helm would store. */
export function releaseJson(namespace: string, { name, revision = 1, status = 'deployed', ...given }: MadeUp): object {
  return {
    name,
    namespace,
    version: revision,
    info: {
      first_deployed: '2026-01-02T03:04:05.678Z',
      last_deployed: '2026-01-02T03:04:05.678Z',
      status,
      description: 'made up',
      notes: given.notes ?? '',
    },
    chart: { metadata: { name: 'made-up', version: '1.2.3', appVersion: '4.5' }, values: {}, templates: [] },
    config: given.values ?? {},
    manifest: given.manifest ?? '',
  }
}

/** The Secret that Helm would keep a made-up revision in. */
export function storedSecret(namespace: string, made: MadeUp): object {
  const { name, revision = 1, status = 'deployed', payload = packed(releaseJson(namespace, made)) } = made
  const labels = { owner: 'helm', name, version: String(revision), status, createdAt: '1767323045', ...made.labels }
  return {
    metadata: { name: `sh.helm.release.v1.${name}.v${revision}`, labels },
    type: 'helm.sh/release.v1',
    data: { release: base64(payload) },
  }
}

/** Stores a made-up revision as Helm would. */
export async function store({ api }: TestCluster, namespace: string, made: MadeUp): Promise<void> {
  await api.create(`/api/v1/namespaces/${namespace}/secrets`, storedSecret(namespace, made))
}
