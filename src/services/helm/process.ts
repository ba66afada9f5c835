import { type ChildProcess, spawn } from 'node:child_process'
import { problems } from '../../errors.ts'
import { collect } from './output.ts'
import { processGroupOf, signalGroup } from './process-group.ts'

/** Time between asking a helm to end, in which it marks its release as failed, and making it. */
const GRACE_MILLISECONDS = 15_000
/** Outputs that are still open this long after the program ended are another's. */
const LINGER_MILLISECONDS = 250

/** One run of the helm binary. Everything in it was checked before. */
export interface HelmProcess {
  /** Absolute path of the program. */
  path: string
  arguments: readonly string[]
  /** The whole environment: nothing of this process gets in. */
  environment: Readonly<Record<string, string>>
  directory: string
  /** Text for stdin; absent: an empty one. */
  input?: string
  signal: AbortSignal
  /** Milliseconds after which it is ended. */
  timeout: number
  /** Milliseconds between asking it to end and making it. Default: 15 s. */
  grace?: number
  onLine?: (line: string) => void
  /** Awaited before it is given its input; where it fails, so does the run, and the group is ended. */
  started?: (processGroup: string) => unknown
}

/** How a run of helm ended. */
export interface HelmResult {
  /** Exit code; null where a signal ended it. */
  code: number | null
  stdout: string
  /** The last 64 KiB of it. */
  stderr: string
  /** Why it did not end by itself: the caller left, it took too long, it wrote too much, somebody else's signal. */
  killed?: 'cancelled' | 'timeout' | 'output' | 'signal'
}

/**
 * Runs helm to its end, in a process group of its own, without a shell. Asked to end by SIGTERM when the signal fires, the time is over or
 * it has written too much, made to by SIGKILL 15 s later. Throws `helm_unusable` where it cannot be started.
 */
export async function runHelm(run: HelmProcess): Promise<HelmResult> {
  run.signal.throwIfAborted()
  const child = start(run)
  const stopper = new Stopper(child, run.grace ?? GRACE_MILLISECONDS)
  const output = collect(child, () => stopper.stop('output'), run.onLine)
  const timer = setTimeout(() => stopper.stop('timeout'), run.timeout)
  const leave = () => stopper.stop('cancelled')
  run.signal.addEventListener('abort', leave, { once: true })
  try {
    const ended = ending(child, run.path)
    await told(child, ended, run.started)
    child.stdin?.on('error', () => undefined).end(run.input ?? '')
    const code = await ended
    const killed = stopper.why ?? (code === null ? 'signal' : undefined)
    return { code, ...output(), ...(killed === undefined ? {} : { killed }) }
  } finally {
    clearTimeout(timer)
    stopper.done()
    run.signal.removeEventListener('abort', leave)
  }
}

type Why = NonNullable<HelmResult['killed']>

/** Asks a program to end, and makes it where it does not. The first reason counts. */
class Stopper {
  readonly #child: ChildProcess
  readonly #grace: number
  #force: NodeJS.Timeout | undefined
  why: Why | undefined

  constructor(child: ChildProcess, grace: number) {
    this.#child = child
    this.#grace = grace
  }

  stop(why: Why): void {
    if (this.why !== undefined) return
    this.why = why
    this.#force = setTimeout(() => signal(this.#child, 'SIGKILL'), this.#grace)
    signal(this.#child, 'SIGTERM')
  }

  done(): void {
    clearTimeout(this.#force)
  }
}

async function told(child: ChildProcess, ended: Promise<unknown>, started: HelmProcess['started']): Promise<void> {
  // Where it cannot even be started, that is said when its end is awaited.
  ended.catch(() => undefined)
  if (child.pid === undefined) return
  try {
    await started?.(processGroupOf(child.pid))
  } catch (error) {
    signal(child, 'SIGKILL')
    throw error
  }
}

function start({ path, arguments: args, environment, directory }: HelmProcess): ChildProcess {
  try {
    return spawn(path, args, { env: environment, cwd: directory, stdio: 'pipe', detached: true, windowsHide: true })
  } catch (error) {
    throw problems.helmUnusable(path, `it cannot be started (${reason(error)})`)
  }
}

const reason = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown')

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined) signalGroup(child.pid, name)
}

/** The exit code, once it ended and its outputs too. Where something it started keeps them open, that is ended a moment later. */
function ending(child: ChildProcess, path: string): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', (error) => reject(problems.helmUnusable(path, `it cannot be started (${reason(error)})`)))
  child.once('close', (code) => resolve(code))
  child.once('exit', () => {
    const linger = setTimeout(() => signal(child, 'SIGKILL'), LINGER_MILLISECONDS)
    child.once('close', () => clearTimeout(linger))
  })
  return promise
}
