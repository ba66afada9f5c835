import { readFileSync } from 'node:fs'

/** Times of one kind of work in milliseconds. */
export interface Times {
  p50: number
  p95: number
  p99: number
  /** Finished per second of wall time. */
  perSecond: number
}

/** Runs work again and again with so many clients at once, for at least `seconds` and 20 rounds a client; the first rounds warm up. */
export async function repeat(work: () => Promise<unknown>, { clients = 1, seconds = 3 } = {}): Promise<Times> {
  for (let round = 0; round < 20; round++) await work()
  const times: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  const client = async () => {
    for (let round = 0; round < 20 || performance.now() < end; round++) {
      const before = performance.now()
      await work()
      times.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  const elapsed = performance.now() - start
  return { ...percentiles(times), perSecond: (times.length / elapsed) * 1000 }
}

/** Of times in milliseconds. */
export function percentiles(times: number[]): Pick<Times, 'p50' | 'p95' | 'p99'> {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

const WARM_UP_SECONDS = 2

/**
 * Several kinds of work measured in turns of one run, so that a noisy machine is as unfair to one as to the other.
 * Each gets `rounds` turns; the median turn counts. Answers a look-up by name.
 */
export async function sideBySide<K extends string>(
  works: Record<K, () => Promise<unknown>>,
  { clients = 1, seconds = 3, rounds = 3 } = {},
): Promise<(name: K) => Times> {
  const turns = new Map<string, Times[]>()
  // What a compiler does with code that has just begun to run is not what users of a server see.
  for (const work of Object.values<() => Promise<unknown>>(works))
    await repeat(work, { clients, seconds: WARM_UP_SECONDS })
  for (let round = 0; round < rounds; round++)
    for (const [name, work] of Object.entries<() => Promise<unknown>>(works))
      turns.set(name, [...(turns.get(name) ?? []), await repeat(work, { clients, seconds: seconds / rounds })])
  return (name) => medianOf(turns.get(name) ?? [])
}

function medianOf(turns: Times[]): Times {
  const middle = (read: (times: Times) => number) => {
    const sorted = turns.map(read).toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  }
  return {
    p50: middle((t) => t.p50),
    p95: middle((t) => t.p95),
    p99: middle((t) => t.p99),
    perSecond: middle((t) => t.perSecond),
  }
}

/** Resident memory of a process in bytes (Linux). */
export function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}
