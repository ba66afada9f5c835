import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { problems } from '../../errors.ts'
import { type Namespaces, type ParsedDocument, parseManifest } from './parse.ts'

/** Characters that are read at once: even the worst of them hold up nobody else for long (measured: 0.15 s cold). */
const SMALL = 16 * 1024
/** Twenty times what an MiB of ordinary YAML takes on an idle machine. */
const MOST_MILLISECONDS = 15_000
const MOST_MEGABYTES = 512
/** Threads that read manifests at the same time. */
const MOST_THREADS = 2

/** What a thread is given. */
interface Assignment {
  text: string
  namespaces: Namespaces
}

/** What it answers. */
export type Parsed = { documents: ParsedDocument[] } | { fault: string; next: string | undefined }

export const isAssignment = (value: unknown): value is Assignment =>
  value !== null &&
  typeof value === 'object' &&
  'text' in value &&
  typeof value.text === 'string' &&
  'namespaces' in value

const isParsed = (value: unknown): value is Parsed =>
  value !== null && typeof value === 'object' && ('documents' in value || 'fault' in value)

/**
 * As {@link parseManifest}, but a large manifest is read on a thread of its own, for at most 15 s, so that nobody else waits for it.
 * Throws `bad_manifest`, `cancelled`.
 */
export async function readManifest(
  text: string,
  namespaces: Namespaces,
  signal: AbortSignal,
): Promise<ParsedDocument[]> {
  if (text.length <= SMALL) return parseManifest(text, namespaces)
  await enter()
  try {
    if (signal.aborted) throw problems.cancelled()
    return await onThread({ text, namespaces }, signal)
  } finally {
    leave()
  }
}

async function onThread(assignment: Assignment, signal: AbortSignal): Promise<ParsedDocument[]> {
  const limits = { maxOldGenerationSizeMb: MOST_MEGABYTES }
  const script = new URL(`./parse-worker${extname(import.meta.filename)}`, import.meta.url)
  const worker = new Worker(script, { workerData: assignment, resourceLimits: limits, env: {}, name: 'manifest' })
  const deadline = AbortSignal.timeout(MOST_MILLISECONDS)
  try {
    const [answer]: unknown[] = await once(worker, 'message', { signal: AbortSignal.any([signal, deadline]) })
    return documentsOf(answer)
  } catch (error) {
    if (signal.aborted) throw problems.cancelled()
    if (deadline.aborted || isOutOfMemory(error)) throw tooCostly()
    throw error
  } finally {
    await worker.terminate()
  }
}

function documentsOf(answer: unknown): ParsedDocument[] {
  if (!isParsed(answer)) throw new TypeError('A thread answered something that is not a manifest.')
  if ('fault' in answer) throw problems.badManifest(answer.fault, answer.next)
  return answer.documents
}

const isOutOfMemory = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'

const tooCostly = () =>
  problems.badManifest('The manifest takes too much time or memory to read.', 'Send fewer or simpler objects at once.')

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
