import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '../../errors.ts'
import { parseManifest } from './parse.ts'
import { isAssignment, type Parsed } from './read.ts'

// One manifest, read on a thread of its own: see `readManifest`.

// A flood of faults would otherwise cost a stack trace each.
Error.stackTraceLimit = 0

function parsed(): Parsed {
  const assignment: unknown = workerData
  if (!isAssignment(assignment)) throw new TypeError('A manifest to read was expected.')
  try {
    return { documents: parseManifest(assignment.text, assignment.namespaces) }
  } catch (error) {
    if (error instanceof Problem) return { fault: error.message, next: error.next }
    throw error
  }
}

parentPort?.postMessage(parsed())
