import { join } from 'node:path'
import { packed, releaseJson, storedSecret } from '../test/helm/support/releases.ts'
import type { TestCluster } from '../test/cluster/cluster.ts'
import { percentiles, sideBySide } from './measure.ts'
import { ms, type Row, times } from './report.ts'
import type { Bench } from './rows.ts'

const NAMESPACE = 'helm-bench'
const RELEASES = 500
const AT_ONCE = 8
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const CHART = join(import.meta.dirname, '..', 'test', 'data', 'charts', 'shop')
const LIST = `/cluster/helm/releases?namespace=${NAMESPACE}&limit=${RELEASES}`

/** Releases read natively, against the API server's own time for what they are kept in, and against the helm binary. */
export async function helmReads(bench: Bench): Promise<Row[]> {
  const { cluster, target } = bench
  await seedReleases(cluster)
  const start = performance.now()
  await target.rest(LIST)
  const first = performance.now() - start
  return [...(await listed(bench, first)), await read(bench)]
}

/** 500 releases as large as usual ones (some 10 KiB each), and one that Helm itself has made. */
async function seedReleases(cluster: TestCluster): Promise<void> {
  await cluster.api.ensure('/api/v1/namespaces', { metadata: { name: NAMESPACE } })
  const { code, stderr } = await cluster.helm(['install', 'shop', CHART, '-n', NAMESPACE])
  if (code !== 0) throw new Error(`helm install: ${stderr}`)
  const names = Array.from({ length: RELEASES - 1 }, (_, index) => `release-${index}`).values()
  await Promise.all(Array.from({ length: AT_ONCE }, () => seedFrom(cluster, names)))
}

async function seedFrom({ api }: TestCluster, names: Iterable<string>): Promise<void> {
  for (const name of names) {
    const templates = Array.from({ length: 12 }, (_, index) => ({
      name: `${index}.yaml`,
      data: textOf(`${name}-${index}`),
    }))
    const payload = packed({ ...releaseJson(NAMESPACE, { name }), chart: { ...CHART_OF_MANY, templates } })
    await api.ensure(`/api/v1/namespaces/${NAMESPACE}/secrets`, storedSecret(NAMESPACE, { name, payload }))
  }
}

const CHART_OF_MANY = { metadata: { name: 'many', version: '1.2.3', appVersion: '4.5' }, values: {} }

/** Text that packs about as well as a template does. */
const textOf = (seed: string): string =>
  Buffer.from(
    Array.from(
      { length: 60 },
      (_, line) => `  key-${(line * 7919 + seed.length * 31) % 997}: value of ${seed} ${line * line}`,
    ).join('\n'),
  ).toString('base64')

/** Median of some runs of helm, in milliseconds. */
async function helmTime(cluster: TestCluster, args: readonly string[]): Promise<number> {
  const taken: number[] = []
  for (let round = 0; round < 7; round++) {
    const start = performance.now()
    const { code, stderr } = await cluster.helm([...args, '-n', NAMESPACE, '-o', 'json'])
    taken.push(performance.now() - start)
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`)
  }
  return percentiles(taken).p50
}

async function listed({ cluster, raw, target, seconds }: Bench, first: number): Promise<Row[]> {
  const secrets = `/api/v1/namespaces/${NAMESPACE}/secrets?labelSelector=owner%3Dhelm`
  const found = await sideBySide(
    { raw: () => raw.get(secrets, METADATA), rest: () => target.rest(LIST) },
    { seconds, rounds: 3 },
  )
  const [theirs, ours] = [found('raw').p50, found('rest').p50]
  const helm = await helmTime(cluster, ['list', '--max', String(RELEASES)])
  return [
    {
      work: `helm: list ${RELEASES} releases, p50, against their metadata`,
      raw: ms(theirs),
      ours: ms(ours),
      ratio: times(ours / theirs),
      target: '<= 2 x raw',
      met: ours <= 2 * theirs,
    },
    againstHelm(`helm: list ${RELEASES} releases, p50, against helm list`, helm, ours),
    {
      work: `helm: list ${RELEASES} releases for the first time`,
      raw: ms(helm),
      ours: ms(first),
      ratio: times(first / helm),
      target: '<= helm list',
      met: first <= helm,
    },
  ]
}

async function read({ cluster, target, seconds }: Bench): Promise<Row> {
  const found = await sideBySide(
    { rest: () => target.rest(`/cluster/helm/release/${NAMESPACE}/shop`) },
    { seconds, rounds: 3 },
  )
  const helm = await helmTime(cluster, ['status', 'shop'])
  return againstHelm('helm: get release with its objects, p50, against helm status', helm, found('rest').p50)
}

const againstHelm = (work: string, helm: number, ours: number): Row => ({
  work,
  raw: ms(helm),
  ours: ms(ours),
  ratio: times(ours / helm),
  target: '<= 0.1 x helm',
  met: ours <= 0.1 * helm,
})
