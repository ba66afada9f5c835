import { flushCompileCache } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { type Application, build } from '../../src/app.ts'
import { processEnvironment, readConfig } from '../../src/config.ts'
import { makeLog } from '../../src/log.ts'
import { type Failpoint, FAILPOINTS } from '../../src/services/approvals/failpoints.ts'
import { breakSqlite, breakStore, isVariant } from './broken.ts'
import { setClock } from './clock.ts'

// Our server as a process of its own that can be told where to die, by environment variables:
//   CRASH_AT       `failpoint:n`: dies when it comes there the n-th time; later by a message { at }
//   CRASH_SLOW     `failpoint:milliseconds`: stays there, each time
//   CRASH_LATE     milliseconds in which a write that was sent can still arrive
//   CRASH_CLOCK    milliseconds by which its clock is wrong; later by a message { clock }
//   CRASH_PEOPLE   subjects to make tokens for, with a comma
//   CRASH_VARIANT  a defect to build in

const {
  CRASH_AT,
  CRASH_LATE = '400',
  CRASH_PEOPLE = '',
  CRASH_VARIANT,
  CRASH_SLOW,
  CRASH_CLOCK = '0',
  ...environment
} = processEnvironment()

interface Place {
  point: Failpoint
  number: number
}

let armed = placeOf(CRASH_AT)
const slow = placeOf(CRASH_SLOW)

function placeOf(text = ''): Place | undefined {
  const [name, number] = text.split(':')
  const point = FAILPOINTS.find((each) => each === name)
  return point === undefined ? undefined : { point, number: Number(number) }
}

// Nothing runs after the kill: the signal takes this thread on its way back from the system call.
async function fail(point: Failpoint): Promise<void> {
  if (point === slow?.point) await pause(slow.number)
  if (point !== armed?.point) return
  armed.number -= 1
  if (armed.number === 0) process.kill(process.pid, 'SIGKILL')
}

process.on('message', (message: unknown) => {
  if (typeof message !== 'object' || message === null) return
  if ('at' in message && typeof message.at === 'string') armed = placeOf(message.at)
  if ('clock' in message && typeof message.clock === 'number') setClock(message.clock)
})

const tell = (message: object): void => void process.send?.(message)

/** Tokens for people, as `k8s-mcp token create` makes them. */
async function people({ core: { principals } }: Application): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {}
  const acting = {
    principal: { kind: 'person', subject: 'operator' },
    door: 'terminal',
    correlationId: 'crash',
  } as const
  for (const subject of CRASH_PEOPLE.split(',').filter((each) => each !== '')) {
    const made = await principals?.create({ kind: 'person', subject, role: 'approver' }, acting)
    tokens[subject] = made?.token ?? ''
  }
  return tokens
}

const variant = isVariant(CRASH_VARIANT) ? CRASH_VARIANT : undefined
if (variant !== undefined) breakSqlite(variant)
setClock(Number(CRASH_CLOCK))
const { config } = readConfig({ environment })
tell({ starting: process.pid })
const application = await build(config, await makeLog(config, false), { fail, late: Number(CRASH_LATE) })
const { opened } = application.core.approving
if (variant !== undefined && opened !== undefined) breakStore(opened.store, variant)
const tokens = await people(application)
tell({ url: await application.web.listen({ host: '127.0.0.1', port: 0 }), tokens })
// A process that is killed never writes what it has compiled, and the next one would start slower.
flushCompileCache()
process.once('SIGTERM', () => void application.close().finally(() => process.exit(0)))
