import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Search } from '../../src/services/docs/search/search.ts'
import { everyPasted, type Pasted } from '../docs/expected.ts'
import { listAt, textAt } from '../support/json.ts'

/** A question with the pages a reader would accept, and where the first of them was found: 1 is first, 0 is not found. */
export interface Judged {
  question: string
  expected: readonly string[]
  rank: number
  /** What was found first. */
  first: string
  milliseconds: number
}

const pageOf = (url: string): string => url.replace(/#.*$/, '')

/** Asks every question of the corpus about the official documentation. */
export async function judgeQueries(search: Search): Promise<Judged[]> {
  const file = join(import.meta.dirname, '..', 'data', 'relevance', 'queries.json')
  const queries = listAt(JSON.parse(readFileSync(file, 'utf8')), 'queries')
  const judged: Judged[] = []
  for (const query of queries) {
    const expected = listAt(query, 'expect').map((path) =>
      String(path).replace(/^\/docs\/(.*?)\/?$/, '/docs/official/$1'),
    )
    judged.push(await judge(textAt(query, 'q'), expected, (q) => search.find(q, { source: 'official' })))
  }
  return judged
}

/** Pastes every recorded warning and refusal, all sources open. */
export async function judgePasted(
  search: Search,
  changed: (pasted: Pasted) => string = ({ text }) => text,
): Promise<Judged[]> {
  const judged: Judged[] = []
  for (const pasted of await everyPasted()) {
    const expected = pasted.pages.map((id) => `/docs/troubleshooting/${id}`)
    judged.push(await judge(changed(pasted), expected, (q) => search.find(q)))
  }
  return judged
}

async function judge(
  question: string,
  expected: readonly string[],
  ask: (q: string) => ReturnType<Search['find']>,
): Promise<Judged> {
  const start = performance.now()
  const { hits } = await ask(question)
  const milliseconds = performance.now() - start
  const rank = 1 + hits.findIndex(({ url }) => expected.includes(pageOf(url)))
  return { question, expected, rank, first: hits[0]?.url ?? '-', milliseconds }
}

/** A pasted text with other names and numbers in it: those of somebody else's cluster. */
export const elsewhere = ({ text }: Pasted): string =>
  text
    .replaceAll(/"([a-z][a-z0-9-]*)"/g, '"web-7"')
    .replaceAll(/\b0\/1\b/g, '0/12')
    .replaceAll(/\b1 (Insufficient|node)/g, '7 $1')
    .replaceAll(
      /pod ([a-z-]+)_trouble\([0-9a-f-]+\)/g,
      'pod api-5f7c9d8b6-x2x4z_shop(0a1b2c3d-1111-4222-8333-444455556666)',
    )
    .replaceAll(/container app\b/g, 'container worker')
    .replaceAll('2m40s', '40s')
    .replaceAll('alice', 'system:serviceaccount:shop:ci')
    .replaceAll(/644[34]/g, '443')
