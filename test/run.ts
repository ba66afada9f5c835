import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { share, sharedVariable, skipWithoutCluster, withoutCluster } from './cluster/shared.ts'
import { startCluster, type OwnCluster } from './cluster/start.ts'

/** What a run of test files came to. */
interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Tests among the skipped that only a cluster can run. */
  readonly withoutCluster: number
}

const minute = 60_000
const perTest = 2 * minute
const perRun = 10 * minute

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function testFiles(): string[] {
  const named = process.argv.slice(2)
  if (named.length > 0) return named
  return globSync('test/**/*.test.ts', { cwd: `${import.meta.dirname}/..` }).toSorted()
}

async function runFiles(files: string[], signal: AbortSignal): Promise<Tally> {
  const tally = { passed: 0, failed: 0, skipped: 0, withoutCluster: 0 }
  // One more than there are processors, since many tests wait for a time-out rather than for a processor.
  const concurrency = availableParallelism() + 1
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
    const tally = await runFiles(testFiles(), interrupted.signal)
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
    report({ passed: 0, failed: 1, skipped: 0, withoutCluster: 0 })
    process.exitCode = 1
  }
}

await main()
