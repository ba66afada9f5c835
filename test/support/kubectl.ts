import assert from 'node:assert/strict'
import type { TestCluster } from '../cluster/cluster.ts'

/** A row that kubectl printed: the text under each heading. */
export type Printed = Readonly<Record<string, string>>

/** Cells under headings: each begins where its heading does. */
function parse(output: string): Printed[] {
  const [head = '', ...lines] = output.trimEnd().split('\n')
  const columns = [...head.matchAll(/\S+(?: \S+)*/g)].map((found) => ({ name: found[0], start: found.index }))
  return lines.map((line) =>
    Object.fromEntries(
      columns.map(({ name, start }, index) => [name, line.slice(start, columns[index + 1]?.start).trim()]),
    ),
  )
}

/** Rows of `kubectl get ... -o wide`. */
export async function kubectlWide(cluster: TestCluster, ...args: readonly string[]): Promise<Printed[]> {
  const { stdout, stderr, code } = await cluster.kubectl(['get', ...args, '-o', 'wide'])
  assert.equal(code, 0, stderr)
  return parse(stdout)
}

/** `NOMINATED NODE` → `nominatedNode`, `PORT(S)` → `ports`: what the field is called that has a column's text. */
export const fieldOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace('(s)', 's')
    .replaceAll(/[^a-z0-9]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, y: 31_536_000 }

/** Seconds of an age as kubectl prints it: `5m13s`; undefined where it is none. */
function secondsOf(age: string): number | undefined {
  if (!/^(\d+[smhdy]){1,3}$/.test(age)) return undefined
  return [...age.matchAll(/(\d+)([smhdy])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0),
    0,
  )
}

/** Seconds of the smallest unit of an age, a minute at least: what it may grow by at once. */
const stepOf = (age: string) => Math.max(60, UNITS[age.at(-1) ?? ''] ?? 0)

/** Time goes on between two looks: ages may differ by a minute or by their smallest unit (13h, 14h), whatever surrounds them. */
export function sameWords(ours: string, theirs: string): boolean {
  const age = /\d+[smhdy](?:\d+[smhd])*/g
  if (ours.replaceAll(age, 'AGE') !== theirs.replaceAll(age, 'AGE')) return false
  const ages = (text: string) => [...text.matchAll(age)].map(([found]) => found)
  const other = ages(theirs)
  return ages(ours).every((each, index) => isSameAge(each, other[index] ?? ''))
}

const isSameAge = (one: string, other: string) =>
  Math.abs((secondsOf(one) ?? 0) - (secondsOf(other) ?? Number.NaN)) <= Math.min(stepOf(one), stepOf(other))
