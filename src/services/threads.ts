import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { problems } from '../errors.ts'

/** Twenty times what an MiB of ordinary YAML takes on an idle machine. */
const MOST_MILLISECONDS = 15_000
const MOST_MEGABYTES = 512
/** Threads that read what others wrote at the same time. */
const MOST_THREADS = 2

/** A thread took more than 15 s, or more than 512 MiB. */
export class TooCostly extends Error {}

/**
 * What a thread of its own answers to an assignment, so that nobody else waits for what may take long. `script`: path without its
 * extension, from `base`. At most two threads at a time, the others wait. Throws {@link TooCostly}, `cancelled`.
 */
export async function onThread(base: ImportMeta, script: string, workerData: unknown, signal: AbortSignal) {
  await enter()
  try {
    if (signal.aborted) throw problems.cancelled()
    return await answerOf(new URL(`${script}${extname(base.filename)}`, base.url), workerData, signal)
  } finally {
    leave()
  }
}

async function answerOf(script: URL, workerData: unknown, signal: AbortSignal): Promise<unknown> {
  const limits = { maxOldGenerationSizeMb: MOST_MEGABYTES }
  const worker = new Worker(script, { workerData, resourceLimits: limits, env: {}, name: 'manifest' })
  const deadline = AbortSignal.timeout(MOST_MILLISECONDS)
  try {
    const [answer]: unknown[] = await once(worker, 'message', { signal: AbortSignal.any([signal, deadline]) })
    return answer
  } catch (error) {
    if (signal.aborted) throw problems.cancelled()
    if (deadline.aborted || isOutOfMemory(error)) throw new TooCostly()
    throw error
  } finally {
    await worker.terminate()
  }
}

const isOutOfMemory = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'

let running = 0
const waiting: (() => void)[] = []

/** Waits for a place among the threads. */
async function enter(): Promise<void> {
  if (running < MOST_THREADS) running++
  else await new Promise<void>((resolve) => waiting.push(resolve))
}

/** Hands the place on to who has waited longest. */
function leave(): void {
  const next = waiting.shift()
  if (next === undefined) running--
  else next()
}
