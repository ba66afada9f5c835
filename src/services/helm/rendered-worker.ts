import { parentPort, workerData } from 'node:worker_threads'
import { parseRendered } from './rendered.ts'

// A large rendered manifest, read on a thread of its own: see `readRendered`.

Error.stackTraceLimit = 0

const text: unknown = workerData
if (typeof text !== 'string') throw new TypeError('A rendered manifest to read was expected.')
parentPort?.postMessage(parseRendered(text))
