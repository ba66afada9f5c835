import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { share, sharedVariable, skipWithoutCluster, withoutCluster } from './cluster/shared.ts'
import { startCluster, type OwnCluster } from './cluster/start.ts'

/** What a run of test files came to. */
interface Tally {
  passed: number
  failed: number
  skipped: number
  /** Tests among the skipped that only a cluster can run. */
  withoutCluster: number
}

const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0, withoutCluster: 0 }

const minute = 60_000
const perTest = 2 * minute
const perRun = 20 * minute

/** These kill servers and count on when: they run after the others, one at a time. */
const isAlone = (file: string) => file.startsWith('test/crash/')

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function testFiles(): string[] {
  const named = process.argv.slice(2)
  if (named.length > 0) return named
  return globSync('test/**/*.test.ts', { cwd: `${import.meta.dirname}/..` }).toSorted()
}

async function runFiles(files: string[], concurrency: number, signal: AbortSignal): Promise<Tally> {
  const tally = { ...NOTHING }
  if (files.length === 0) return tally
  // Not with --test-force-exit: it ends a file's process before all of its results are told, failures among them.
  const events = run({ files, concurrency, timeout: perTest, signal })
  events.on('test:pass', ({ skip }) => {
    if (skip === withoutCluster) tally.withoutCluster += 1
  })
  events.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return
    tally.passed = counts.passed
    tally.skipped = counts.skipped + counts.todo
    tally.failed = counts.tests - tally.passed - tally.skipped
  })
  for await (const text of events.compose(spec)) process.stdout.write(text)
  return tally
}

async function runAll(files: string[], signal: AbortSignal): Promise<Tally> {
  const { together = [], alone = [] } = Object.groupBy(files, (file) => (isAlone(file) ? 'alone' : 'together'))
  // One more than there are processors, since many tests wait for a time-out rather than for a processor.
  const first = await runFiles(together, availableParallelism() + 1, signal)
  const then = await runFiles(alone, 1, signal)
  return {
    passed: first.passed + then.passed,
    failed: first.failed + then.failed,
    skipped: first.skipped + then.skipped,
    withoutCluster: first.withoutCluster + then.withoutCluster,
  }
}

async function startShared(): Promise<OwnCluster | undefined> {
  if (skipWithoutCluster() !== false) return undefined
  const cluster = await startCluster({ progress: (line) => say(`test cluster: ${line}`) })
  process.env[sharedVariable] = await share(cluster)
  return cluster
}

function report({ passed, failed, skipped, withoutCluster: leftOut }: Tally): void {
  if (leftOut > 0) say(`${leftOut} cluster tests were left out. Each ${withoutCluster}.`)
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
}

// A run that leaves the cluster out proves too little to pass where nobody reads its output.
const isFailure = ({ passed, failed, withoutCluster: leftOut }: Tally): boolean =>
  failed > 0 || passed === 0 || (leftOut > 0 && process.env['CI'] === 'true')

async function runOn(cluster: OwnCluster | undefined): Promise<void> {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  const guard = setTimeout(() => {
    say(`the run took longer than ${perRun / minute} minutes and was ended`)
    interrupted.abort()
  }, perRun)
  try {
    const tally = await runAll(testFiles(), interrupted.signal)
    report(tally)
    process.exitCode = isFailure(tally) || interrupted.signal.aborted ? 1 : 0
  } finally {
    clearTimeout(guard)
    await cluster?.stop()
  }
}

async function main(): Promise<void> {
  try {
    await runOn(await startShared())
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error))
    report({ ...NOTHING, failed: 1 })
    process.exitCode = 1
  }
}

await main()
