import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { seedPods } from '../test/cluster/seed.ts'
import { startCluster } from '../test/cluster/start.ts'
import { askAndDeny } from './ask-and-deny.ts'
import { diagnosis } from './diagnose.ts'
import { documentation } from './docs.ts'
import { gateOfScale } from './gate.ts'
import { helmReads } from './helm.ts'
import { helmPlan } from './helm-plan.ts'
import { image } from './image.ts'
import { manyOpen } from './many-open.ts'
import { followers } from './followers.ts'
import { startRaw } from './raw.ts'
import { mib, ms, type Row, tableOf } from './report.ts'
import {
  type Bench,
  getOnePod,
  getOnePodBy16,
  listEverything,
  listEverythingBy16,
  listOneNamespace,
  readLogs,
  sizes,
} from './rows.ts'
import { startTarget } from './target.ts'

// Every speed and size this product claims, measured in one run beside the raw API server. `--quick`: fewer pods and rounds, for CI.
// `--only NAME`: one part of it (getOnePod, readLogs, followers ...).
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } })
const SIZE = values.quick
  ? { namespaces: 4, podsPerNamespace: 250, seconds: 1, following: 10 }
  : { namespaces: 20, podsPerNamespace: 250, seconds: 5, following: 60 }
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const PARTS = [
  sizes,
  getOnePod,
  getOnePodBy16,
  listOneNamespace,
  readLogs,
  listEverything,
  listEverythingBy16,
  askAndDeny,
  gateOfScale,
  manyOpen,
  documentation,
  diagnosis,
  helmReads,
  helmPlan,
  image,
]
const wanted = ({ name }: { name: string }) => values.only === undefined || values.only === name

const cluster = await startCluster({ apiOnly: true, progress: say })
try {
  const seeded = performance.now()
  const namespaces = await seedPods(cluster, SIZE)
  say(`seeded ${SIZE.namespaces * SIZE.podsPerNamespace} pods in ${((performance.now() - seeded) / 1000).toFixed(0)} s`)
  const rows = await measure(namespaces)
  say(`\n${tableOf(rows)}\n`)
  save(rows)
  const missed = rows.filter((row) => !row.met)
  say(`${rows.length - missed.length} of ${rows.length} targets met`)
} finally {
  await cluster.stop()
}

async function measure(namespaces: readonly string[]): Promise<Row[]> {
  const logged = await podWithLog(namespaces[0] ?? '')
  const logs = cluster.podLogs(logged.namespace, logged.name, logged.container)
  logs.append(...Array.from({ length: 500 }, (_, index) => `line ${index}: GET /cart 200 in ${index % 40} ms`))
  const start = await coldAndWarm()
  const { target } = start
  const raw = await startRaw(cluster)
  const bench: Bench = {
    cluster,
    raw,
    target,
    namespaces,
    pods: SIZE.namespaces * SIZE.podsPerNamespace,
    logged,
    seconds: SIZE.seconds,
  }
  const rows = [...start.rows]
  // Whatever fails, nothing that was started is left behind.
  try {
    for (const part of PARTS.filter(wanted)) {
      rows.push(...(await part(bench)))
      say(`measured: ${part.name}`)
    }
    if (wanted(followers)) rows.push(...(await followers(bench, logs, SIZE.following)))
  } finally {
    await raw.close()
    await target.stop()
  }
  return rows
}

/** The first start compiles; what users see from then on is the second. */
async function coldAndWarm() {
  const first = await startTarget(cluster.kubeconfig)
  await first.target.stop()
  const { target, firstAnswer } = await startTarget(cluster.kubeconfig)
  const memory = target.memory()
  const rows: Row[] = [
    {
      work: 'first answer after start',
      raw: '-',
      ours: ms(firstAnswer),
      ratio: '-',
      target: '<= 700 ms',
      met: firstAnswer <= 700,
    },
    {
      work: 'memory before the first cluster call',
      raw: '-',
      ours: mib(memory),
      ratio: '-',
      target: '<= 110 MiB',
      met: memory <= 110 * 1024 * 1024,
    },
  ]
  return { target, rows }
}

async function podWithLog(namespace: string) {
  const { stdout } = await cluster.kubectl([
    'get',
    'pods',
    '-n',
    namespace,
    '-o',
    'jsonpath={.items[0].metadata.name} {.items[0].spec.containers[0].name}',
  ])
  const [name = '', container = ''] = stdout.trim().split(' ')
  return { namespace, name, container }
}

function save(rows: readonly Row[]): void {
  const folder = new URL('results/', import.meta.url).pathname
  mkdirSync(folder, { recursive: true })
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, memory: totalmem(), node: process.version }
  const file = `${folder}${new Date().toISOString().replaceAll(':', '-')}.json`
  writeFileSync(file, JSON.stringify({ machine, size: SIZE, rows }, null, 2))
  say(`written: bench/results/${file.slice(folder.length)}`)
}
