import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEnvironment } from '../src/config.ts'
import { importDocs } from '../src/services/docs/import/import.ts'
import { Library } from '../src/services/docs/library/library.ts'
import { Search } from '../src/services/docs/search/search.ts'
import { corpusArchive } from '../test/search/corpus.ts'
import { elsewhere, type Judged, judgePasted, judgeQueries } from '../test/search/relevance.ts'

// `npm run relevance`: how well the search finds, question by question. The corpus of the official documentation is in the folder that
// K8S_DOCS_CORPUS names; without it only the pasted errors are looked at.

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function tell(title: string, judged: readonly Judged[]): void {
  const within = (most: number) => judged.filter(({ rank }) => rank > 0 && rank <= most).length
  say(`\n${title}: ${within(1)} of ${judged.length} first, ${within(5)} in the first five`)
  for (const { question, rank, first } of judged)
    say(
      `${rank === 0 ? ' -' : String(rank).padStart(2)}  ${question.replaceAll(/\s+/g, ' ').slice(0, 70).padEnd(70)}  ${rank === 1 ? '' : first}`.trimEnd(),
    )
}

const data = await mkdtemp(join(tmpdir(), 'k8s-mcp-relevance-'))
try {
  const archive = corpusArchive(processEnvironment())
  const own = join(import.meta.dirname, '..', 'static', 'docs')
  const search = new Search({ library: new Library({ built: 'built', data, own }) })
  if (archive !== undefined) {
    const { pages, sections, seconds } = await importDocs(archive, { data }, () => undefined)
    say(`imported ${pages} pages, ${sections} sections in ${seconds.toFixed(1)} s`)
    // Once to warm up: the first question makes the ranking.
    await judgeQueries(search)
    const judged = await judgeQueries(search)
    tell('Questions on the official documentation', judged)
    const times = judged.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
    say(
      `p50 ${(times[times.length >> 1] ?? 0).toFixed(1)} ms, p95 ${(times[Math.floor(times.length * 0.95)] ?? 0).toFixed(1)} ms`,
    )
  }
  tell('Errors as they are printed', await judgePasted(search))
  tell('The same with other names and numbers', await judgePasted(search, elsewhere))
} finally {
  await rm(data, { recursive: true })
}
