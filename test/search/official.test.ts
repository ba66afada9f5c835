import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { processEnvironment } from '../../src/config.ts'
import { importDocs } from '../../src/services/docs/import/import.ts'
import { Library } from '../../src/services/docs/library/library.ts'
import { viewOf } from '../../src/services/docs/library/view.ts'
import { Search } from '../../src/services/docs/search/search.ts'
import { corpusArchive, withoutCorpus } from './corpus.ts'
import { judgePasted, judgeQueries } from './relevance.ts'

// The official documentation itself: none of it is in the repository.

const archive = corpusArchive(processEnvironment())
const options = { skip: archive === undefined ? withoutCorpus : false }
const data = await mkdtemp(join(tmpdir(), 'k8s-mcp-official-'))
after(() => rm(data, { recursive: true, force: true }))
const library = new Library({ built: data, data, own: join(import.meta.dirname, '..', '..', 'static', 'docs') })
const search = new Search({ library })

test('the official documentation is imported, all of its pages', options, async () => {
  const report = await importDocs(archive ?? '', { data }, () => undefined)
  assert.deepEqual(report.failed, [])
  assert.ok(report.pages >= 855, `${report.pages} pages`)
  assert.ok(report.sections >= 12_000, `${report.sections} sections`)
  const unknown = report.unknownShortcodes.reduce((sum, { count }) => sum + count, 0)
  assert.ok(unknown > 0 && unknown < 60, `${unknown} shortcodes are not known`)
  // Other tests run at the same time.
  assert.ok(report.seconds < 30, `${report.seconds} s`)
})

test('no page has a shortcode left in it, but those that explain shortcodes', options, async () => {
  const left: string[] = []
  for (const { path, source } of (await library.tree()).pages) {
    if (source === 'own' || path.startsWith('official/contribute')) continue
    const { content = '' } = viewOf(await library.page(path), 'html', undefined)
    if (/\{\{(?:&lt;|%)\s*\/?\s*[a-z]/.test(content)) left.push(path)
  }
  assert.deepEqual(left, ['official/test'])
})

test('of thirty questions at least 25 find a right page first and 29 in the first five', options, async () => {
  const judged = await judgeQueries(search)
  const within = (most: number) => judged.filter(({ rank }) => rank > 0 && rank <= most)
  const missed = JSON.stringify(
    judged.filter(({ rank }) => rank !== 1),
    undefined,
    1,
  )
  assert.equal(judged.length, 30)
  assert.ok(within(1).length >= 25, missed)
  assert.ok(within(5).length >= 29, missed)
})

test('errors still find their own page first among twelve thousand sections', options, async () => {
  const judged = await judgePasted(search)
  const missed = judged.filter(({ rank }) => rank !== 1)
  assert.ok(missed.length <= judged.length / 10, JSON.stringify(missed, undefined, 1))
})
