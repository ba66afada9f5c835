import { problems } from '../../errors.ts'
import { onThread, TooCostly } from '../threads.ts'
import { type Namespaces, type ParsedDocument, parseManifest } from './parse.ts'

/** Characters that are read at once: even the worst of them hold up nobody else for long (measured: 0.15 s cold). */
const SMALL = 16 * 1024

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
  const assignment: Assignment = { text, namespaces }
  try {
    return documentsOf(await onThread(import.meta, './parse-worker', assignment, signal))
  } catch (error) {
    throw error instanceof TooCostly ? tooCostly() : error
  }
}

function documentsOf(answer: unknown): ParsedDocument[] {
  if (!isParsed(answer)) throw new TypeError('A thread answered something that is not a manifest.')
  if ('fault' in answer) throw problems.badManifest(answer.fault, answer.next)
  return answer.documents
}

const tooCostly = () =>
  problems.badManifest('The manifest takes too much time or memory to read.', 'Send fewer or simpler objects at once.')
