import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEnvironment } from '../src/config.ts'
import { importDocs } from '../src/services/docs/import/import.ts'
import { Library } from '../src/services/docs/library/library.ts'
import { corpusArchive } from '../test/search/corpus.ts'
import { listAt, textAt } from '../test/support/json.ts'
import { percentiles, repeat } from './measure.ts'
import { mib, ms, rate, type Row } from './report.ts'
import type { Bench } from './rows.ts'
import { startTarget, type Target } from './target.ts'

const MIB = 1024 * 1024
const QUERIES = join(import.meta.dirname, '..', 'test', 'data', 'relevance', 'queries.json')
const PAGE = '/docs/troubleshooting/crash-loop'

const own = (work: string, ours: string, target: string, met: boolean): Row => ({
  work,
  raw: '-',
  ours,
  ratio: '-',
  target,
  met,
})

/** The documentation, the official pages imported where K8S_DOCS_CORPUS has them: import, load, memory, searches, pages. */
export async function documentation(bench: Bench): Promise<Row[]> {
  const data = mkdtempSync(join(tmpdir(), 'k8s-mcp-bench-docs-'))
  try {
    const imported = await importAndLoad(data)
    const { target } = await startTarget(bench.cluster.kubeconfig, data)
    try {
      return [...imported, ...(await searches(target, bench))]
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
  const { seconds, pages } = await importDocs(archive, { data }, () => undefined)
  const start = performance.now()
  await new Library({ built: data, data }).indexes('official')
  const load = performance.now() - start
  return [
    own(`import ${pages} official pages`, `${seconds.toFixed(1)} s`, '<= 10 s', seconds <= 10),
    own('load their index', ms(load), '<= 400 ms', load <= 400),
  ]
}

async function searches(target: Target, { logged, seconds }: Bench): Promise<Row[]> {
  const queries = listAt(JSON.parse(readFileSync(QUERIES, 'utf8')), 'queries').map((query) => textAt(query, 'q'))
  let turn = 0
  const search = () => target.rest(`/search?q=${encodeURIComponent(queries[turn++ % queries.length] ?? '')}`)
  await search()
  const memory = target.memory()
  const alone = await repeat(search, { seconds })
  const page = await repeat(() => target.rest(PAGE), { seconds })
  const pod = () => target.rest(`/cluster/pod/${logged.namespace}/${logged.name}`)
  const quiet = await repeat(pod, { seconds })
  const [busy, beside] = await Promise.all([repeat(search, { clients: 16, seconds }), besides(pod, seconds)])
  const disturbed = beside - quiet.p50
  return [
    own('memory with the documentation searched', mib(memory), '<= 220 MiB', memory <= 220 * MIB),
    own('search, p95', ms(alone.p95), '<= 6 ms', alone.p95 <= 6),
    own('docs page as data, p95', ms(page.p95), '<= 5 ms', page.p95 <= 5),
    own('searches, 16 clients', rate(busy.perSecond), '>= 500/s', busy.perSecond >= 500),
    own('what 500 searches/s add to one pod, p50', ms(disturbed), '<= 5 ms', disturbed <= 5),
  ]
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
