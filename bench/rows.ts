import type { TestCluster } from '../test/cluster/cluster.ts'
import { sideBySide } from './measure.ts'
import type { Raw } from './raw.ts'
import { TABLE } from './raw.ts'
import { mib, ms, rate, type Row, times } from './report.ts'
import type { Target } from './target.ts'

/** What every row measures with. */
export interface Bench {
  cluster: TestCluster
  raw: Raw
  target: Target
  /** Pods and namespaces that were seeded. */
  namespaces: readonly string[]
  pods: number
  /** A pod with a log of 100 lines and more. */
  logged: { namespace: string; name: string; container: string }
  /** Seconds per measurement. */
  seconds: number
}

const podPath = ({ namespace, name }: Bench['logged']) => `/api/v1/namespaces/${namespace}/pods/${name}`

/** One pod, one client: what ours adds. */
export async function getOnePod(bench: Bench): Promise<Row[]> {
  const { raw, target, logged, seconds } = bench
  const { namespace, name } = logged
  const found = await sideBySide(
    {
      raw: () => raw.get(podPath(logged)),
      rest: () => target.rest(`/cluster/pod/${namespace}/${name}`),
      mcp: () => target.tool('k8s_pods_get_pod', { namespace, name }),
    },
    { seconds, rounds: 5 },
  )
  const row = (work: string, ours: number, allowed: number): Row => ({
    work,
    raw: ms(found('raw').p50),
    ours: ms(ours),
    ratio: `+${ms(ours - found('raw').p50)}`,
    target: `<= raw + ${allowed} ms`,
    met: ours <= found('raw').p50 + allowed,
  })
  return [row('get one pod, REST, p50', found('rest').p50, 0.5), row('get one pod, MCP, p50', found('mcp').p50, 1.2)]
}

/** One pod, 16 clients: throughput. */
export async function getOnePodBy16({ raw, target, logged, seconds }: Bench): Promise<Row[]> {
  const { namespace, name } = logged
  const found = await sideBySide(
    {
      raw: () => raw.get(podPath(logged)),
      rest: () => target.rest(`/cluster/pod/${namespace}/${name}`),
      mcp: () => target.tool('k8s_pods_get_pod', { namespace, name }),
    },
    { clients: 16, seconds, rounds: 3 },
  )
  const row = (work: string, ours: number, least: number): Row => ({
    work,
    raw: rate(found('raw').perSecond),
    ours: rate(ours),
    ratio: times(ours / found('raw').perSecond),
    target: `>= ${least} x raw`,
    met: ours >= least * found('raw').perSecond,
  })
  return [
    row('get one pod, 16 clients, REST', found('rest').perSecond, 0.75),
    row('get one pod, 16 clients, MCP', found('mcp').perSecond, 0.5),
  ]
}

/** The first page of one namespace of 250 pods, against the same page as a raw Table. */
export async function listOneNamespace({ raw, target, namespaces, seconds }: Bench): Promise<Row[]> {
  const [namespace = ''] = namespaces
  const found = await sideBySide(
    {
      raw: () => raw.get(`/api/v1/namespaces/${namespace}/pods?limit=100&includeObject=None`, TABLE),
      rest: () => target.rest(`/cluster/pods?namespace=${namespace}`),
      mcp: () => target.tool('k8s_pods_list_pods', { namespace }),
    },
    { seconds },
  )
  return (['rest', 'mcp'] as const).map((door) => ({
    work: `list one namespace, first page, ${door.toUpperCase()}, p50`,
    raw: ms(found('raw').p50),
    ours: ms(found(door).p50),
    ratio: times(found(door).p50 / found('raw').p50),
    target: '<= 1.3 x raw Table',
    met: found(door).p50 <= 1.3 * found('raw').p50,
  }))
}

/** Everything: the first page of 100, then all pages of 500, against the raw JSON list. */
export async function listEverything({ raw, target, pods, seconds }: Bench): Promise<Row[]> {
  const first = await sideBySide({ rest: () => target.rest('/cluster/pods?allNamespaces=true&limit=100') }, { seconds })
  const before = target.memory()
  const all = await sideBySide(
    { raw: () => raw.get('/api/v1/pods'), pages: () => allPages(target, pods) },
    { seconds, rounds: 3 },
  )
  return [
    {
      work: `list ${pods} pods, first page of 100, p50`,
      raw: '-',
      ours: ms(first('rest').p50),
      ratio: '-',
      target: '<= 15 ms',
      met: first('rest').p50 <= 15,
    },
    {
      work: `list ${pods} pods, all pages of 500, p50`,
      raw: ms(all('raw').p50),
      ours: ms(all('pages').p50),
      ratio: times(all('pages').p50 / all('raw').p50),
      target: '<= 1 x raw JSON list',
      met: all('pages').p50 <= all('raw').p50,
    },
    {
      work: 'memory that all pages add',
      raw: '-',
      ours: mib(target.memory() - before),
      ratio: '-',
      target: '<= 40 MiB',
      met: target.memory() - before <= 40 * 1024 * 1024,
    },
  ]
}

async function allPages(target: Target, pods: number): Promise<void> {
  let seen = 0
  let next: string | undefined
  do {
    const answer = JSON.parse(
      await target.rest(`/cluster/pods?allNamespaces=true&limit=500${next === undefined ? '' : `&continue=${next}`}`),
    )
    seen += answer.items.length
    next = answer.continue
  } while (next !== undefined)
  if (seen < pods) throw new Error(`all pages had ${seen} pods, not ${pods}`)
}

/** 16 clients read all pages at once: memory and the event loop must not notice. */
export async function listEverythingBy16({ target, pods, seconds }: Bench): Promise<Row[]> {
  await allPages(target, pods)
  await target.stall()
  const end = performance.now() + seconds * 1000
  let memory = 0
  const client = async () => {
    do {
      await allPages(target, pods)
      memory = Math.max(memory, target.memory())
    } while (performance.now() < end)
  }
  await Promise.all(Array.from({ length: 16 }, client))
  const stall = await target.stall()
  return [
    {
      work: `16 clients listing ${pods} pods: memory`,
      raw: '-',
      ours: mib(memory),
      ratio: '-',
      target: '<= 250 MiB',
      met: memory <= 250 * 1024 * 1024,
    },
    {
      work: `16 clients listing ${pods} pods: stall`,
      raw: '-',
      ours: ms(stall),
      ratio: '-',
      target: '<= 50 ms',
      met: stall <= 50,
    },
  ]
}

/** 100 lines of one log. */
export async function readLogs({ raw, target, logged, seconds }: Bench): Promise<Row[]> {
  const { namespace, name, container } = logged
  const found = await sideBySide(
    {
      raw: () => raw.get(`${podPath(logged)}/log?tailLines=100&container=${container}`, '*/*'),
      rest: () => target.rest(`/cluster/pod/${namespace}/${name}/logs?tail=100&container=${container}`),
      mcp: () => target.tool('k8s_pods_get_pod_logs', { namespace, name, container, tail: 100 }),
    },
    { seconds },
  )
  return (['rest', 'mcp'] as const).map((door) => ({
    work: `logs, 100 lines, ${door.toUpperCase()}, p50`,
    raw: ms(found('raw').p50),
    ours: ms(found(door).p50),
    ratio: times(found(door).p50 / found('raw').p50),
    target: '<= 1.3 x raw',
    met: found(door).p50 <= 1.3 * found('raw').p50,
  }))
}

/** Sizes a model pays for. */
export async function sizes({ target, namespaces }: Bench): Promise<Row[]> {
  const { tools = [] } = await target.mcp('tools/list', {})
  const visible = tools.map((tool) => ({
    name: Reflect.get(tool, 'name'),
    description: Reflect.get(tool, 'description'),
    inputSchema: Reflect.get(tool, 'inputSchema'),
  }))
  const listed = Buffer.byteLength(JSON.stringify(visible))
  const notReady = Buffer.byteLength(
    await target.tool('k8s_pods_list_pods', { namespace: namespaces[0], ready: false }),
  )
  return [
    {
      work: `tools/list, core, what a model sees (${tools.length} tools)`,
      raw: '-',
      ours: `${(listed / 1024).toFixed(1)} KB`,
      ratio: '-',
      target: '<= 16 KB',
      met: listed <= 16 * 1024,
    },
    {
      work: 'which pods are not ready in a namespace of 250',
      raw: '-',
      ours: `${notReady} B`,
      ratio: '-',
      target: '<= 2 KB',
      met: notReady <= 2048,
    },
  ]
}
