import { type ChildProcess, spawn } from 'node:child_process'
import { errorCode } from './kubeconfig/files.ts'
import { PluginFailure } from './credentials/failure.ts'

const TIME_LIMIT_MILLISECONDS = 10_000
const ANSWER_LIMIT_BYTES = 64 * 1024
const COMPLAINT_LIMIT_BYTES = 4 * 1024
const LINGER_MILLISECONDS = 250

/** One run of a credential plugin. Everything in it was checked before. */
export interface PluginRun {
  /** Absolute path of the program. */
  path: string
  arguments: readonly string[]
  /** The whole environment: nothing of this process gets in. */
  environment: Readonly<Record<string, string>>
  /** Fires when the server shuts down. Callers that leave do not end a run that others wait for. */
  signal: AbortSignal
  /** Turns what the plugin wrote to stderr into the words that may be shown. */
  complaint(stderr: string): string
}

/**
 * Runs a credential plugin and gives what it wrote to stdout: without a shell, without stdin, at most 10 s and 64 KiB,
 * in a process group of its own so that its children end with it.
 * Throws `PluginFailure` for a program that cannot start, is slow, says too much, or ends with an error.
 */
export async function runPlugin(run: PluginRun): Promise<string> {
  run.signal.throwIfAborted()
  const child = start(run)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const answer = capture(child, (why) => reject(failed(why)))
  const timer = setTimeout(() => reject(failed('did not answer within 10 s and was ended')), TIME_LIMIT_MILLISECONDS)
  const stop = () => reject(run.signal.reason)
  run.signal.addEventListener('abort', stop, { once: true })
  child.on('error', (error) => reject(failed(`could not be started (${errorCode(error)})`)))
  onEnd(child, (code, signal) => {
    if (code === 0) resolve(answer.stdout())
    else reject(failed(`${ending(code, signal)}${run.complaint(answer.stderr())}`))
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    run.signal.removeEventListener('abort', stop)
    end(child)
  }
}

const failed = (why: string) => new PluginFailure('failed', why)

const ending = (code: number | null, signal: NodeJS.Signals | null): string =>
  code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`

function start({ path, arguments: args, environment }: PluginRun): ChildProcess {
  try {
    return spawn(path, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true, windowsHide: true })
  } catch (error) {
    throw failed(`could not be started (${errorCode(error)})`)
  }
}

/** Collects both outputs within their limits: all of stdout or a failure, the end of stderr. */
function capture(child: ChildProcess, fail: (why: string) => void) {
  const chunks: Buffer[] = []
  let size = 0
  let complaint = Buffer.alloc(0)
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > ANSWER_LIMIT_BYTES) fail('answered more than 64 KiB and was ended')
    else chunks.push(chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = Buffer.concat([complaint, chunk]).subarray(-COMPLAINT_LIMIT_BYTES)
  })
  return { stdout: () => Buffer.concat(chunks).toString('utf8'), stderr: () => complaint.toString('utf8') }
}

/** Calls once, when the program ended and its outputs too, or a moment later where a child of it keeps them open. */
function onEnd(child: ChildProcess, done: (code: number | null, signal: NodeJS.Signals | null) => void): void {
  child.once('close', done)
  child.once('exit', (code, signal) => {
    setTimeout(() => done(code, signal), LINGER_MILLISECONDS).unref()
  })
}

/** Ends a program that still runs, with everything it started, and stops reading. */
function end(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Process groups are not known on every platform.
    child.kill('SIGKILL')
  }
}
