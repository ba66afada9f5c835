import { parentPort, workerData } from 'node:worker_threads'
import { readIndex } from './repository-index.ts'

const given: unknown = workerData
if (typeof given !== 'object' || given === null || !('text' in given) || !('name' in given))
  throw new TypeError('an index to read is missing')
const { text, name } = given
if (typeof text !== 'string' || typeof name !== 'string') throw new TypeError('an index is text')
parentPort?.postMessage(readIndex(text, name))
