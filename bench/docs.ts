import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEnvironment } from '../src/config.ts'
import { importDocs } from '../src/services/docs/import/import.ts'
import { Library } from '../src/services/docs/library/library.ts'
import { Search } from '../src/services/docs/search/search.ts'
import { corpusArchive } from '../test/search/corpus.ts'
import { listAt, textAt } from '../test/support/json.ts'
import { percentiles, repeat } from './measure.ts'
import { mib, ms, rate, type Row } from './report.ts'
import type { Bench } from './rows.ts'
import { startTarget, type Target } from './target.ts'

const MIB = 1024 * 1024
const QUERIES = join(import.meta.dirname, '..', 'test', 'data', 'relevance', 'queries.json')
const PAGE = '/docs/troubleshooting/crash-loop'
const CLIENTS = 16
/** Searches a second that are promised. */
const RATE = 500

const own = (work: string, ours: string, target: string, met: boolean): Row => ({
  work,
  raw: '-',
  ours,
  ratio: '-',
  target,
  met,
})

/** The documentation, the official pages imported where K8S_DOCS_CORPUS has them: import, load, start, memory, searches, pages. */
export async function documentation(bench: Bench): Promise<Row[]> {
  const data = mkdtempSync(join(tmpdir(), 'k8s-mcp-bench-docs-'))
  try {
    const imported = await importAndLoad(data)
    const { target, firstAnswer } = await startTarget(bench.cluster.kubeconfig, data)
    try {
      return [...imported, ...(await firstSearch(target, firstAnswer)), ...(await searches(target, bench))]
    } finally {
      await target.stop({ keep: true })
    }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

async function importAndLoad(data: string): Promise<Row[]> {
  const archive = corpusArchive(processEnvironment())
  if (archive === undefined) return []
  const { seconds, pages, sections } = await importDocs(archive, { data }, () => undefined)
  const start = performance.now()
  // With what is worked out of it for the first question.
  await new Search({ library: new Library({ built: data, data }) }).find('pod', { source: 'official' })
  const load = performance.now() - start
  return [
    own(
      `import ${pages} official pages, index of ${sections} sections`,
      `${seconds.toFixed(1)} s`,
      '<= 10 s',
      seconds <= 10,
    ),
    own('load their index and answer', ms(load), '<= 400 ms', load <= 400),
  ]
}

/** Before anything else is asked: what a start with documentation costs, and the first search, which reads it. */
async function firstSearch(target: Target, firstAnswer: number): Promise<Row[]> {
  const start = performance.now()
  await target.rest('/search?q=pod')
  const search = performance.now() - start
  const memory = target.memory()
  return [
    own('first answer after start, documentation imported', ms(firstAnswer), '<= 700 ms', firstAnswer <= 700),
    own('first search, which reads the indexes', ms(search), '<= 400 ms', search <= 400),
    own('memory with the documentation searched', mib(memory), '<= 220 MiB', memory <= 220 * MIB),
  ]
}

async function searches(target: Target, { logged, seconds }: Bench): Promise<Row[]> {
  const queries = listAt(JSON.parse(readFileSync(QUERIES, 'utf8')), 'queries').map((query) => textAt(query, 'q'))
  let turn = 0
  const search = () => target.rest(`/search?q=${encodeURIComponent(queries[turn++ % queries.length] ?? '')}`)
  const alone = await repeat(search, { seconds })
  const data = await repeat(() => target.rest(PAGE), { seconds })
  const html = await repeat(() => target.rest(PAGE, 'text/html'), { seconds })
  const all = await repeat(search, { clients: CLIENTS, seconds })
  const disturbed = await disturbance(target, search, { logged, seconds })
  return [
    own('search, p95', ms(alone.p95), '<= 6 ms', alone.p95 <= 6),
    own('docs page as data, whole, p95', ms(data.p95), '<= 5 ms', data.p95 <= 5),
    own('docs page as HTML, whole, p95', ms(html.p95), '<= 5 ms', html.p95 <= 5),
    own(`searches, ${CLIENTS} clients`, rate(all.perSecond), `>= ${RATE}/s`, all.perSecond >= RATE),
    disturbed,
  ]
}

/** What searches of all clients, at the rate that is promised, add to one pod that is asked for meanwhile. */
async function disturbance(
  target: Target,
  search: () => Promise<unknown>,
  { logged, seconds }: Pick<Bench, 'logged' | 'seconds'>,
): Promise<Row> {
  const pod = () => target.rest(`/cluster/pod/${logged.namespace}/${logged.name}`)
  await repeat(pod, { seconds: 1 })
  const quiet = await besides(pod, seconds)
  const [busy, ...rates] = await Promise.all([
    besides(pod, seconds),
    ...Array.from({ length: CLIENTS }, () => paced(search, CLIENTS / RATE, seconds)),
  ])
  const perSecond = rates.reduce((sum, each) => sum + each, 0)
  const work = `one pod beside ${rate(perSecond)} searches, p50 more`
  return own(work, ms(busy - quiet), '<= 5 ms', busy - quiet <= 5 && perSecond >= 0.98 * RATE)
}

/** One client that begins a work every so many seconds, or as soon as the one before has ended; answers how many a second it came to. */
async function paced(work: () => Promise<unknown>, interval: number, seconds: number): Promise<number> {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < seconds * 1000) {
    await work()
    count += 1
    const early = start + count * interval * 1000 - performance.now()
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
  }
  return (count / (performance.now() - start)) * 1000
}

/** The median of work that is asked for fifty times a second, while others are busy. */
async function besides(work: () => Promise<unknown>, seconds: number): Promise<number> {
  const times: number[] = []
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return percentiles(times).p50
}
