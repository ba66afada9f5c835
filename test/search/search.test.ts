import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Library } from '../../src/services/docs/library/library.ts'
import { Definitions, FORMAT, type ReferenceFile } from '../../src/services/docs/reference/definitions.ts'
import { Search } from '../../src/services/docs/search/search.ts'
import { writePages } from '../library/pages.ts'
import { folderFor } from '../library/website.ts'
import { elsewhere, judgePasted } from './relevance.ts'

const STATIC = join(import.meta.dirname, '..', '..', 'static', 'docs')
const own = () => new Search({ library: new Library({ built: 'none', data: 'none', own: STATIC }) })

async function toast(t: Parameters<typeof folderFor>[0]) {
  const folder = await folderFor(t)
  return new Search({
    library: new Library({ built: folder, data: folder, own: await writePages(folder) }),
    reference: () => REFERENCE,
    templates: async () => TEMPLATES,
  })
}

const verbs = ['get']
const REFERENCE_FILE: ReferenceFile = {
  format: FORMAT,
  version: '1.36',
  from: 'a test',
  notes: [],
  kinds: [
    {
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
      name: 'deployments',
      singular: 'deployment',
      shortNames: ['deploy'],
      namespaced: true,
      verbs,
      categories: [],
      type: 'Deployment',
    },
    {
      group: 'policy',
      version: 'v1',
      kind: 'PodDisruptionBudget',
      name: 'poddisruptionbudgets',
      singular: 'poddisruptionbudget',
      shortNames: ['pdb'],
      namespaced: true,
      verbs,
      categories: [],
      type: 'Budget',
    },
  ],
  types: {
    Deployment: [1, ['spec', '#Spec', 0, 0]],
    Spec: [0, ['strategy', '#Strategy', 2, 0], ['replicas', 'integer/int32', 0, 0]],
    Strategy: [0, ['type', 'string', 0, 0]],
    Budget: [0, ['spec', '#BudgetSpec', 0, 0]],
    BudgetSpec: [0, ['minAvailable', 'int-or-string', 3, 0]],
  },
  texts: ['', 'Keeps replicas of a pod.', 'How pods are replaced.', 'How many must stay.'],
}
const REFERENCE = new Definitions(REFERENCE_FILE)
const TEMPLATES = [
  { name: 'toast-rack', title: 'Toast rack', description: 'Holds slices.', kinds: ['Deployment'], tags: ['breakfast'] },
]

test('nine of ten errors, as Kubernetes printed them, find their page first', async () => {
  const judged = await judgePasted(own())
  const missed = judged.filter(({ rank }) => rank !== 1)
  assert.ok(judged.length >= 80 && missed.length <= judged.length / 10, JSON.stringify(missed, undefined, 1))
})

test('so do they with the names and numbers of another cluster', async () => {
  const judged = await judgePasted(own(), elsewhere)
  const missed = judged.filter(({ rank }) => rank !== 1)
  assert.ok(missed.length <= judged.length / 10, JSON.stringify(missed, undefined, 1))
})

test('errors as users shorten, quote and surround them find their page first', async () => {
  const search = own()
  const pasted: readonly [text: string, page: string][] = [
    ['0/3 nodes are available: 3 Insufficient cpu', 'insufficient-resources'],
    ['Back-off restarting failed container', 'crash-loop'],
    ['x509: certificate signed by unknown authority', 'certificate-unknown-authority'],
    [
      'Warning  FailedScheduling  2m (x12 over 10m)  default-scheduler  0/7 nodes are available: 2 Insufficient memory, 5 Insufficient cpu.',
      'insufficient-resources',
    ],
    [
      'E1122 10:03:11 my pods say: “Liveness probe failed: HTTP probe failed with statuscode: 503” what now?',
      'liveness-failing',
    ],
    ['why is my pod OOMKilled', 'oom-killed'],
    ['exit code 137', 'oom-killed'],
    [
      'Error from server (Forbidden): secrets is forbidden: User \\"system:serviceaccount:a:b\\" cannot list resource \\"secrets\\" in API group \\"\\" in the namespace \\"a\\"',
      'rbac-forbidden',
    ],
  ]
  for (const [text, page] of pasted)
    assert.equal((await search.find(text)).hits[0]?.url.replace(/#.*/, ''), `/docs/troubleshooting/${page}`, text)
})

test('a question is no error: words of a phrase in it do not put a trouble first', async () => {
  const { hits } = await own().find('readiness probe or liveness probe, which one')
  assert.ok((hits[0]?.score ?? 0) < 100, JSON.stringify(hits[0]))
})

test('kinds, short names and field paths go to the reference', async (t) => {
  const search = await toast(t)
  const named: readonly [query: string, url: string][] = [
    ['Deployment', '/api/Deployment.v1.apps'],
    ['deploy', '/api/Deployment.v1.apps'],
    ['deploy.spec.strategy', '/api/Deployment.v1.apps#spec.strategy'],
    ['pdb minAvailable', '/api/PodDisruptionBudget.v1.policy#spec.minAvailable'],
    ['pod disruption budget', '/api/PodDisruptionBudget.v1.policy'],
    ['explain deployments.apps spec strategy type', '/api/Deployment.v1.apps#spec.strategy.type'],
  ]
  for (const [query, url] of named) {
    const [first] = (await search.find(query)).hits
    assert.deepEqual([first?.source, first?.url], ['reference', url], query)
  }
  assert.deepEqual((await search.find('deploy nothing of the sort', { source: 'reference' })).hits, [])
})

test('where the reference is not built the pages are found all the same', async (t) => {
  const folder = await folderFor(t)
  const library = new Library({ built: folder, data: folder, own: await writePages(folder) })
  const search = new Search({ library, reference: () => assert.fail('not built') })
  const { hits, searched } = await search.find('toasters')
  assert.equal(hits[0]?.url, '/docs/concepts/toasters')
  assert.ok(!searched.includes('reference'))
})

test('templates are found, alone and among the others', async (t) => {
  const search = await toast(t)
  assert.equal((await search.find('breakfast slices', { source: 'templates' })).hits[0]?.url, '/templates/toast-rack')
  assert.ok((await search.find('toast')).hits.some(({ source }) => source === 'templates'))
})

test('a hit has a deep link and a snippet with what matched marked', async (t) => {
  const search = await toast(t)
  const [hit] = (await search.find('smoking manual', { source: 'own' })).hits
  assert.equal(hit?.url, '/docs/troubleshooting/burnt-toast#what-you-see')
  assert.equal(hit.section, 'What you see')
  const marked = hit.marks.map(([from = 0, to = 0]) => hit.snippet.slice(from, to))
  assert.deepEqual(marked, ['Smoke', 'manual'])
})

test('a page comes once, however many of its sections fit', async (t) => {
  const { hits } = await (await toast(t)).find('smoke toast')
  const pages = hits.map(({ url }) => url.replace(/#.*/, ''))
  assert.equal(new Set(pages).size, pages.length)
})

test('a word that is mistyped, cut off while typing or written in parts is found all the same', async (t) => {
  const search = await toast(t)
  assert.equal((await search.find('toasetrs')).hits[0]?.url, '/docs/concepts/toasters')
  assert.ok((await search.find('bre', { typing: true })).hits.some(({ url }) => url === '/docs/concepts/toasters'))
  assert.deepEqual((await search.find('bre', { source: 'own' })).hits, [])
  assert.equal((await search.find('BurntToast')).hits[0]?.url, '/docs/troubleshooting/burnt-toast')
})

test('the beginning of a long word is enough to find it', async () => {
  const search = own()
  for (const [typed, page] of [
    ['crashloop', 'crash-loop'],
    ['imagepull', 'image-pull-backoff'],
  ] as const)
    assert.equal((await search.find(typed)).hits[0]?.url, `/docs/troubleshooting/${page}`)
})

test('limit and source are kept to, and total says how many there are', async (t) => {
  const search = await toast(t)
  const answer = await search.find('toast', { limit: 1, source: 'own' })
  assert.equal(answer.hits.length, 1)
  assert.ok(answer.total > 1)
  assert.deepEqual(answer.searched, ['own'])
})

test('queries of nothing but common words, blanks, controls or another script are answered, and it is said why nothing was found', async (t) => {
  const search = await toast(t)
  const odd: readonly [query: string, note: RegExp][] = [
    ['the of and to', /too common/],
    ['   ', /no word/],
    ['\u0000\u0001\u001b[31m', /no word/],
    ['!!! ??? ...', /no word/],
    ['日本語の検索', /Nothing has these words/],
    ['кубернетес под', /Nothing has these words/],
    ['🥪'.repeat(50), /no word/],
  ]
  for (const [query, note] of odd) {
    const { hits, notes } = await search.find(query)
    assert.deepEqual(hits, [], query)
    assert.match(notes.join(), note, query)
  }
  assert.equal((await search.find('toast\u202e\u0007')).query, 'toast')
})

test('queries of 10,000 characters are answered in time, whatever is in them', async () => {
  const search = own()
  await search.find('pod')
  const made = (word: (index: number) => string) =>
    Array.from({ length: 2_500 }, (_each, index) => word(index))
      .join(' ')
      .slice(0, 10_000)
  const letters = (index: number) => `w${index.toString(26).replaceAll(/\d/g, 'q')}xyz`
  for (const query of [
    made(() => 'pod'),
    made(letters),
    made((index) => `nodes${index}`),
    'a'.repeat(10_000),
    made(() => 'Back-off restarting failed container'),
    made((index) => (index % 2 ? '"' : '\\"')),
  ]) {
    const start = performance.now()
    await search.find(query)
    assert.ok(performance.now() - start < 500, `${query.slice(0, 40)}: ${performance.now() - start} ms`)
  }
})

test('many searches at once answer what one does', async () => {
  const search = own()
  const queries = ['drain a node', 'OOMKilled', 'quota exceeded', 'no such host']
  const alone = await Promise.all(queries.map(async (query) => (await search.find(query)).hits))
  const together = await Promise.all(
    Array.from({ length: 40 }, async (_each, index) => (await search.find(queries[index % 4] ?? '')).hits),
  )
  for (const [index, hits] of together.entries()) assert.deepEqual(hits, alone[index % 4])
})

test('between two searches that wait, everybody else is let in', async () => {
  const search = own()
  await search.find('pod')
  const count = { done: 0, before: 0, most: 0 }
  const searches = Array.from({ length: 20 }, async () => {
    await search.find('drain a node')
    count.done += 1
  })
  while (count.done < searches.length) {
    await new Promise((resolve) => setImmediate(resolve))
    count.most = Math.max(count.most, count.done - count.before)
    count.before = count.done
  }
  assert.equal(count.most, 1)
})
