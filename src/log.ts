import { isatty } from 'node:tty'
import pino, { type DestinationStream, type Logger } from 'pino'
import type { Config } from './config.ts'
import type { KubernetesRequest } from './call.ts'
import type { RunPart } from './operations/changing.ts'
import type { Outcome } from './operations/run.ts'
import type { AuditRow } from './services/approvals/audit.ts'
import type { Happened } from './services/approvals/store.ts'
import { scrubPath } from './services/safety/scrub-path.ts'
import { scrubValue } from './services/safety/scrub-text.ts'

const STDOUT = 1
const STDERR = 2

// A write of its own for every line costs a busy server more than making the line. Lines are at most this old when they are written.
const IN_BATCHES = { sync: false, minLength: 8_192, periodicFlush: 50 }

/**
 * The server's log: one JSON line an entry, readable lines for people in development on a terminal, and `LOG_FILE` beside it.
 * `quiet`: stdout belongs to a protocol (stdio), so that lines go to stderr.
 */
export async function makeLog(config: Config, quiet: boolean): Promise<Logger> {
  const fd = quiet ? STDERR : STDOUT
  const people = config.NODE_ENV === 'development' && isatty(fd)
  const main = people ? await pretty(fd) : pino.destination({ dest: fd, ...IN_BATCHES })
  const file =
    config.LOG_FILE === undefined ? undefined : pino.destination({ dest: config.LOG_FILE, mkdir: true, ...IN_BATCHES })
  return logTo(
    config,
    file === undefined ? main : pino.multistream([main, file].map((stream) => ({ stream, level: 'trace' }))),
  )
}

/** The log as JSON lines into any stream: time as RFC 3339, level as a word. */
export function logTo({ LOG_LEVEL: level }: Pick<Config, 'LOG_LEVEL'>, stream: DestinationStream): Logger {
  const formatters = { level: (label: string) => ({ level: label }) }
  const serializers = { err: errorOf }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters, serializers }, stream)
}

// An error may quote what it stumbled over: JSON.parse does.
const errorOf = (error: Error) => scrubValue(pino.stdSerializers.err(error))

// Loaded only where a person looks: a production server never needs it.
async function pretty(fd: number): Promise<DestinationStream> {
  const { default: make } = await import('pino-pretty')
  return make({
    destination: fd,
    colorize: true,
    ignore: 'parameters,kubernetes,principal,correlation_id,audit',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  })
}

/** The line of one call. User text stands in fields, never in the message. */
export function logCall(
  log: Logger,
  { operation, call, parameters, context, outcome, milliseconds, bytes, cause }: Outcome,
): void {
  const line = {
    correlation_id: call.correlationId,
    principal: `${call.principal.kind}:${call.principal.subject}`,
    door: call.door,
    operation,
    parameters,
    ...(context === undefined ? {} : { context }),
    outcome,
    duration_ms: rounded(milliseconds),
    bytes,
    kubernetes: call.requests.map(requestOf),
    ...(cause === undefined || outcome !== 'internal' ? {} : { err: asError(cause) }),
  }
  if (outcome === 'internal') log.error(line, 'call failed')
  else log.info(line, 'call')
}

const requestOf = ({ method, path, status, milliseconds }: KubernetesRequest) => ({
  method,
  path: scrubPath(path),
  status,
  duration_ms: rounded(milliseconds),
})

/** The line of one part of a run: planned again, run, looked for evidence. Its execution is the Audit-ID at the API server. */
export function logRun(log: Logger, { approval, part, requests }: RunPart): void {
  const { id, correlationId, operation, context, run } = approval
  log.info(
    {
      correlation_id: correlationId,
      approval: id,
      operation,
      context,
      ...(run === undefined ? {} : { execution: run.id }),
      part,
      kubernetes: requests.map(requestOf),
    },
    'run',
  )
}

/** The line of one durable event of an approval. `audit` is the row it is; its correlation id is that of the call it came from. */
export function logEvent(log: Logger, { id, event, state, version, seq, head }: Happened, row: AuditRow): void {
  const { correlationId, principal, door } = row
  log.info(
    {
      ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
      principal,
      ...(door === undefined ? {} : { door }),
      approval: id,
      event,
      state,
      version,
      audit: { seq, head },
    },
    'approval',
  )
}

const rounded = (milliseconds: number) => Math.round(milliseconds * 100) / 100
const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)))
