import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildDocs } from '../../src/services/docs/library/build.ts'
import { Library } from '../../src/services/docs/library/library.ts'
import { listOf, viewOf } from '../../src/services/docs/library/view.ts'
import { OWN, writePages } from './pages.ts'
import { folderFor } from './website.ts'

test('the tree has every page under its folder, in the order of their weights', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: folder, data: folder, own: await writePages(join(folder, 'own')) })
  const { pages } = listOf(await library.tree(), {})
  assert.deepEqual(
    pages.map(({ path, level }) => [path, level]),
    [
      ['troubleshooting', 0],
      ['troubleshooting/cold-toast', 1],
      ['troubleshooting/burnt-toast', 1],
      ['concepts', 0],
      ['concepts/toasters', 1],
      ['reference', 0],
      ['reference/levels', 1],
    ],
  )
  assert.equal(pages.at(-1)?.title, 'Levels')
  const below = listOf(await library.tree(), { under: 'concepts' })
  assert.deepEqual(
    below.pages.map(({ path }) => path),
    ['concepts', 'concepts/toasters'],
  )
})

test('what was built is the same as what is rendered from the folder', async (t) => {
  const folder = await folderFor(t)
  const own = await writePages(join(folder, 'own'))
  const built = buildDocs(own, join(folder, 'built'))
  assert.equal(built.pages, 7)
  const [fromBuild, fromFolder] = [
    new Library({ built: join(folder, 'built'), data: folder }),
    new Library({ built: folder, data: folder, own }),
  ]
  assert.deepEqual(await fromBuild.tree(), await fromFolder.tree())
  for (const { path } of (await fromFolder.tree()).pages)
    assert.deepEqual(await fromBuild.page(path), await fromFolder.page(path))
})

test('a page is found by its path however it is written, and by its id', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: folder, data: folder, own: await writePages(join(folder, 'own')) })
  for (const path of [
    'troubleshooting/burnt-toast',
    '/docs/troubleshooting/burnt-toast/',
    'troubleshooting/burnt-toast.md',
    'burnt-toast',
  ])
    assert.equal((await library.page(path)).page.title, 'Toast is burnt', path)
})

test('a page says its neighbours, and what is below it', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: folder, data: folder, own: await writePages(join(folder, 'own')) })
  const { previous, next } = await library.page('burnt-toast')
  assert.deepEqual([previous?.path, next?.path], ['troubleshooting/cold-toast', 'concepts'])
  const { children } = await library.page('troubleshooting')
  assert.deepEqual(
    children.map(({ path }) => path),
    ['troubleshooting/cold-toast', 'troubleshooting/burnt-toast'],
  )
})

test('a page as Markdown, HTML and text by section', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: folder, data: folder, own: await writePages(join(folder, 'own')) })
  const page = await library.page('burnt-toast')
  assert.match(viewOf(page, 'md', undefined).content ?? '', /^## What you see\n/)
  const html = viewOf(page, 'html', undefined).content ?? ''
  assert.match(html, /<h2 id="what-you-see">/)
  assert.match(html, /&lt;b&gt;no HTML&lt;\/b&gt;/)
  const { sections } = viewOf(page, 'json', undefined)
  assert.deepEqual(
    sections.map(({ anchor }) => anchor),
    ['', 'what-you-see', 'black-smoke', 'fix'],
  )
  assert.equal(sections[2]?.text, 'Much of it.')
})

test('a section is answered with what is below it, and nothing else', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: folder, data: folder, own: await writePages(join(folder, 'own')) })
  const page = await library.page('burnt-toast')
  const markdown = viewOf(page, 'md', 'what-you-see').content ?? ''
  assert.match(markdown, /^## What you see[\s\S]*Much of it\.$/)
  assert.match(
    viewOf(page, 'html', 'black-smoke').content ?? '',
    /^<h3 id="black-smoke">Black smoke<\/h3>\s*<p>Much of it\.<\/p>\s*$/,
  )
  assert.throws(() => viewOf(page, 'md', 'nothing'), {
    code: 'unknown_section',
    status: 404,
    message: /no section "nothing"/,
  })
})

test('an unknown page is told with the nearest', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: folder, data: folder, own: await writePages(join(folder, 'own')) })
  await assert.rejects(library.page('troubleshooting/burned-toast'), {
    code: 'unknown_page',
    next: /troubleshooting\/burnt-toast/,
  })
  await assert.rejects(library.page('toasters'), { code: 'unknown_page', next: /concepts\/toasters/ })
  await assert.rejects(library.page('official/concepts'), { code: 'docs_not_imported', next: /k8s-mcp docs import/ })
})

test('without a build it is said how to make one, and then it is found', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: join(folder, 'built'), data: folder })
  await assert.rejects(library.tree(), { code: 'docs_not_built', next: /npm run build:data/ })
  buildDocs(await writePages(join(folder, 'own')), join(folder, 'built'))
  assert.equal((await library.tree()).pages.length, 7)
})

test('a folder of own pages with a broken one is told by its name', async (t) => {
  const folder = await folderFor(t)
  const own = await writePages(join(folder, 'own'))
  await writeFile(join(own, 'broken.md'), '---\ntitle: [\n---\nx')
  const library = new Library({ built: folder, data: folder, own })
  await assert.rejects(library.tree(), { code: 'docs_not_built', message: /broken\.md.*front matter/ })
  await writeFile(join(own, 'broken.md'), 'mended')
  assert.ok((await library.tree()).pages.some(({ path }) => path === 'broken'))
})

test('the pages that come along all render', async (t) => {
  const folder = await folderFor(t)
  const static_ = join(import.meta.dirname, '..', '..', 'static', 'docs')
  const { pages, sections } = buildDocs(static_, folder)
  assert.ok(pages >= Object.keys(OWN).length && sections > pages)
})
