import assert from 'node:assert/strict'
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Problem } from '../../src/errors.ts'
import { importDocs } from '../../src/services/docs/import/import.ts'
import { type ImportLimits, LIMITS } from '../../src/services/docs/import/limits.ts'
import { Library } from '../../src/services/docs/library/library.ts'
import { viewOf } from '../../src/services/docs/library/view.ts'
import { Search } from '../../src/services/docs/search/search.ts'
import { archiveOf, folderFor, type Packed, WEBSITE, withPage } from './website.ts'

const quiet = () => undefined

async function setUp(t: TestContext) {
  const folder = await folderFor(t)
  const data = join(folder, 'state')
  const own = join(folder, 'own')
  const library = new Library({ built: join(folder, 'none'), data, own })
  return { folder, data, library, search: new Search({ library }) }
}

async function imported(t: TestContext, files: readonly Packed[] = WEBSITE) {
  const place = await setUp(t)
  const report = await importDocs(await archiveOf(place.folder, files), { data: place.data, apiVersion: '1.34' }, quiet)
  const page = async (path: string) => viewOf(await place.library.page(path), 'html', undefined)
  const markdown = async (path: string) => viewOf(await place.library.page(path), 'md', undefined).content ?? ''
  return { ...place, report, page, markdown }
}

const refusedWith = (words: RegExp) => (error: unknown) =>
  error instanceof Problem && error.code === 'import_refused' && words.test(error.message)

test('an import says its pages, sections, what it skipped and why', async (t) => {
  const { report } = await imported(t)
  assert.deepEqual([report.version, report.pages, report.failed], ['1.36', 6, []])
  assert.ok(report.sections > report.pages)
  assert.deepEqual(report.skipped, [
    { what: 'parts of other pages', count: 3 },
    { what: 'files without a title, shown inside other pages', count: 1 },
    { what: 'files that are no documentation in English', count: 1 },
  ])
  assert.deepEqual(report.unknownShortcodes, [{ what: 'sparkle', count: 1 }])
  assert.equal(report.brokenLinks, 1)
  assert.equal(report.missingAnchors, 1)
  assert.match(report.notes.join(), /document Kubernetes 1\.36; K8S_API_VERSION says 1\.34/)
})

test('every shortcode of the design is rendered', async (t) => {
  const { page, markdown } = await imported(t)
  const { content = '' } = await page('official/concepts/wombats')
  for (const part of [
    '<a href="/docs/official/reference/glossary#term-kubelet">node agent</a>',
    'since v1.36, before that v1.35',
    'Kubernetes v1.30: beta; feature gate <code>Wombat</code>',
    '<h2 id="feeding-time">Feeding</h2>',
    '<strong>Note</strong> Wombats bite. Version v1.36.',
    '<strong>By hand</strong>',
    'Use a glove.',
    'feed --all',
    '<em>Diet</em>',
    '<td class="is-right">yes</td>',
    'graph LR; a --&gt; b',
    '<span class="hljs-attr">food:</span>',
    '<strong>Beware</strong> They dig.',
    '<strong>Caution</strong> Not at night.',
    '<strong>Warning</strong> Never alone.',
    'You need a cluster.',
    'Your cluster must run Kubernetes v1.30 or later.',
    'The agent of a node.',
    'It starts containers.',
    'What the unknown shortcode encloses.',
    '<h2 id="read-on">Read on</h2>',
    'How it is written: {{&lt; note &gt;}}',
  ])
    assert.ok(content.includes(part), `${part} is not in ${content}`)
  assert.ok(
    content.indexOf('<ol>') < content.indexOf('Wombats bite') &&
      content.indexOf('Wombats bite') < content.indexOf('</ol>'),
  )
  assert.doesNotMatch(await markdown('official/concepts/wombats'), /\{\{[<%](?! note)|<!--/)
})

test('links go to the pages here, to the website for the rest', async (t) => {
  const { page, markdown } = await imported(t)
  const { content = '' } = await page('official/concepts/wombats')
  for (const href of [
    '/docs/official/concepts/burrows#depth',
    'https://kubernetes.io/docs/concepts/nothing/',
    'https://kubernetes.io/blog/x/',
  ])
    assert.ok(content.includes(`href="${href}"`), href)
  assert.equal(content.split('/docs/official/concepts/burrows#depth').length, 3, 'the link by name goes there too')
  assert.match(await markdown('official/concepts/wombats'), /\]\(\/docs\/official\/concepts\/burrows#depth\)/)
})

test('every imported page says who wrote it, under which licence, and that it was changed', async (t) => {
  const { library } = await imported(t)
  const { pages } = await library.tree()
  const official = pages.filter(({ source }) => source === 'official')
  assert.equal(official.length, 6)
  for (const { path } of official) {
    const { attribution } = viewOf(await library.page(path), 'md', undefined)
    assert.equal(attribution?.license, 'CC-BY-4.0')
    assert.match(attribution.text, /The Kubernetes Authors.*CC BY 4\.0.*changed/)
    assert.match(attribution.original, /^https:\/\/kubernetes\.io\/docs\//)
  }
})

test('a folder without a text of its own lists what is in it', async (t) => {
  const { markdown } = await imported(t)
  assert.match(await markdown('official/concepts'), /\[Burrows\]\(\/docs\/official\/concepts\/burrows\)/)
})

test('an imported page is found, with its section', async (t) => {
  const { search } = await imported(t)
  const { hits } = await search.find('how deep is a burrow', { source: 'official' })
  assert.equal(hits[0]?.url, '/docs/official/concepts/burrows#depth')
})

test('a page with script in it is harmless, and counted', async (t) => {
  const evil = [
    '---',
    'title: Evil <script>alert(0)</script>',
    '---',
    '',
    '<script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>',
    '',
    '<svg onload=alert(4)><iframe src="https://evil.example"></iframe><style>body{display:none}</style>',
    '',
    '[y](javascript:alert(5)) [z](data:text/html,x) <a href="//evil.example/x">w</a>',
    '',
    '<p style="position:fixed" onclick="alert(6)">kept \u202e text\u200b</p>',
    '',
    '## Heading <b onmouseover=alert(7)>bold</b> {#a"onclick="x}',
    '',
  ].join('\n')
  const { report, page } = await imported(t, withPage('concepts/evil', evil))
  const { content = '' } = await page('official/concepts/evil')
  assert.equal(report.activeContent, 1)
  const tags = (content.match(/<[^>]*>/g) ?? []).join('')
  assert.doesNotMatch(tags, /<script|<svg|<iframe|<style|\son\w+=|javascript:|data:|style=|evil\.example/i)
  assert.match(content, /kept \\u202e text\\u200b/)
})

test('an import that is refused leaves what is in use as it was', async (t) => {
  const { folder, data, library } = await imported(t)
  const before = (await library.tree()).official?.folder
  const attempts: readonly [files: readonly Packed[], words: RegExp][] = [
    [[['../outside.md', 'x'], ...WEBSITE], /outside itself/],
    [[['/etc/passwd', 'x'], ...WEBSITE], /outside itself/],
    [[['a/../../b', 'x'], ...WEBSITE], /outside itself/],
    [[['readme.md', 'nothing here']], /no content\/en\/docs/],
    [WEBSITE.slice(1), /hugo\.toml/],
  ]
  for (const [files, words] of attempts)
    await assert.rejects(importDocs(await archiveOf(folder, files, 'bad.tar.gz'), { data }, quiet), refusedWith(words))
  assert.equal((await library.tree()).official?.folder, before)
  assert.deepEqual((await readdir(join(data, 'docs'))).toSorted(), [before, 'official.json'])
})

test('a damaged, cut off or foreign file is refused', async (t) => {
  const { folder, data } = await setUp(t)
  const archive = await archiveOf(folder, WEBSITE)
  await truncate(archive, 700)
  await assert.rejects(importDocs(archive, { data }, quiet), refusedWith(/damaged/))
  const bytes = await readFile(await archiveOf(folder, WEBSITE))
  bytes.fill(0x5a, 300, 600)
  const files: readonly [bytes: Buffer | string, words: RegExp][] = [
    [bytes, /damaged/],
    ['no archive', /neither a folder nor/],
    ['', /neither a folder nor/],
    [gzipSync('not a tar at all'.repeat(100)), /damaged|no content/],
    [Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.alloc(900, 1)]), /damaged/],
  ]
  for (const [content, words] of files) {
    await writeFile(join(folder, 'broken'), content)
    await assert.rejects(importDocs(join(folder, 'broken'), { data }, quiet), refusedWith(words))
  }
  await assert.rejects(importDocs(join(folder, 'absent'), { data }, quiet), refusedWith(/cannot be read/))
})

test('links and devices in an archive are left out, and said', async (t) => {
  const odd: readonly Packed[] = [
    [{ name: 'content/en/docs/concepts/link.md', type: 'symlink', linkname: '/etc/passwd' }],
    [{ name: 'content/en/docs/concepts/hard.md', type: 'link', linkname: '/etc/passwd' }],
    [{ name: 'content/en/docs/concepts/device.md', type: 'character-device' }],
  ]
  const { report, library } = await imported(t, [...odd, ...WEBSITE])
  assert.ok(report.skipped.some(({ what, count }) => what === 'links' && count === 2))
  assert.ok(report.skipped.some(({ what }) => what === 'entries of type character-device'))
  const { pages } = await library.tree()
  assert.ok(!pages.some(({ path }) => /link|hard|device/.test(path)))
})

test('a bomb is refused by how much it grows, its size, its entries and its texts', async (t) => {
  const { folder, data } = await setUp(t)
  const zeros = '\0'.repeat(40_000_000)
  const bomb = await archiveOf(folder, [['big.bin', zeros], ...WEBSITE], 'bomb.tar.gz')
  await assert.rejects(importDocs(bomb, { data }, quiet), refusedWith(/times its size/))
  const whole = await archiveOf(folder, WEBSITE)
  const limits: readonly [limits: Partial<ImportLimits>, words: RegExp][] = [
    [{ unpacked: 5_000 }, /more than 5000 bytes/],
    [{ entries: 5 }, /more than 5 entries/],
    [{ read: 500 }, /more than 500 bytes of text/],
  ]
  for (const [less, words] of limits)
    await assert.rejects(importDocs(whole, { data, limits: { ...LIMITS, ...less } }, quiet), refusedWith(words))
  assert.deepEqual(await readdir(join(data, 'docs')).catch(() => []), [])
})

test('a running server has a new import from its next answer on, and searches go on meanwhile', async (t) => {
  const { folder, data, library, search } = await imported(t)
  const newer = await archiveOf(
    folder,
    withPage('concepts/quokkas', '---\ntitle: Quokkas\n---\nQuokkas smile.\n'),
    'newer.tar.gz',
  )
  const state = { ended: false }
  const again = importDocs(newer, { data }, quiet).finally(() => {
    state.ended = true
  })
  const during: number[] = []
  while (!state.ended) {
    during.push((await search.find('wombats', { source: 'official' })).total)
    assert.equal((await library.page('official/concepts/wombats')).page.title, 'Wombats')
    await new Promise((resolve) => setImmediate(resolve))
  }
  await again
  assert.ok(during.length > 0 && during.every((total) => total > 0))
  assert.equal((await search.find('quokkas', { source: 'official' })).hits[0]?.url, '/docs/official/concepts/quokkas')
  assert.equal((await readdir(join(data, 'docs'))).filter((name) => name.startsWith('official-')).length, 1)
})

test('a page of the import before that is read while it is replaced is read from the new one', async (t) => {
  const { folder, data, library } = await imported(t)
  await library.tree()
  const edition = await library.edition()
  await importDocs(await archiveOf(folder, WEBSITE, 'second.tar.gz'), { data }, quiet)
  await assert.rejects(async () => edition?.page('official/concepts/burrows'), { code: 'docs_damaged' })
  assert.equal((await library.page('official/concepts/burrows')).page.title, 'Burrows')
})

test('a damaged import says so, and the own pages are there all the same', async (t) => {
  const { data, search } = await imported(t)
  await writeFile(join(data, 'docs', 'official.json'), '{"format": 1, "folder": "../../etc"}')
  await assert.rejects(search.find('wombats', { source: 'official' }), { code: 'docs_damaged' })
  await search.find('wombats', { source: 'own' })
})
