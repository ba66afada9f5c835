import { isDeepStrictEqual } from 'node:util'
import type { Call } from '../call.ts'
import { Problem, problems, toProblem } from '../errors.ts'
import { scrubText, scrubValue } from '../services/safety/scrub-text.ts'
import type { Services } from '../services/index.ts'
import type { Change, Operation, StreamEvent } from './define.ts'
import { groupOf } from './define.ts'
import { loggable } from './loggable.ts'

/** What one call came to, for the log line and the metrics. */
export interface Outcome {
  operation: string
  call: Call
  /** Parameters as the caller gave them, masked. */
  parameters: unknown
  context: string | undefined
  /** `ok`, or the code of the error. */
  outcome: string
  milliseconds: number
  bytes: number
  /** The error behind an `internal`, for the log only. */
  cause?: unknown
}

/** Turns a change's plan into an approval that waits. Absent until the approvals service is there: changes are then refused. */
export interface ChangeGate {
  request(operation: Change, input: unknown, services: Services): Promise<unknown>
}

export interface RunOptions {
  servicesFor(call: Call, context: string | undefined): Services
  gate: ChangeGate | undefined
  readOnly: boolean
  /** Groups whose operations MCP may call; undefined: all. */
  groups: ReadonlySet<string> | undefined
  finished(outcome: Outcome): void
}

/** The value of a call and its JSON text, made once for every door. */
export interface Answer {
  output: unknown
  json: string
}

/** The only caller of an operation. Every rule that must hold for every door is here or in a service. */
export interface Runner {
  /** Throws a {@link Problem}, never anything else. */
  answer(operation: Operation, raw: unknown, call: Call): Promise<Answer>
  /** The events of a read that streams for this input, else undefined. Checked before the first event; throws a {@link Problem}. */
  stream(operation: Operation, raw: unknown, call: Call): AsyncIterable<StreamEvent> | undefined
}

export function makeRunner(options: RunOptions): Runner {
  return {
    async answer(operation, raw, call) {
      const watch = begin(operation, raw, call, options)
      try {
        const input = admit(operation, raw, call, options)
        const services = options.servicesFor(call, contextOf(input))
        watch.services = services
        const output = clean(operation, await perform(operation, input, services, options))
        const json = JSON.stringify(output)
        watch.end('ok', Buffer.byteLength(json))
        return { output, json }
      } catch (error) {
        throw watch.fail(error)
      }
    },
    stream(operation, raw, call) {
      if (operation.kind !== 'read' || operation.stream === undefined) return undefined
      const watch = begin(operation, raw, call, options)
      try {
        const input = admit(operation, raw, call, options)
        if (!operation.stream.when(input)) return undefined
        const services = options.servicesFor(call, contextOf(input))
        watch.services = services
        return watched(operation.stream.open(input, services), watch)
      } catch (error) {
        throw watch.fail(error)
      }
    },
  }
}

async function perform(
  operation: Operation,
  input: unknown,
  services: Services,
  options: RunOptions,
): Promise<unknown> {
  if (operation.kind !== 'change') return operation.handle(input, services)
  if (options.gate === undefined) throw problems.operationDisabled(operation.name, 'changes need the approval service')
  return options.gate.request(operation, input, services)
}

/** Authorise, then parse: a caller learns what is wrong with its input only about operations it may call. */
function admit(operation: Operation, raw: unknown, call: Call, options: RunOptions): unknown {
  authorise(operation, call, options)
  return parse(operation, raw)
}

function authorise(operation: Operation, call: Call, options: RunOptions): void {
  if (operation.kind === 'decision' && !operation.doors.includes(call.door))
    throw problems.unknownOperation(operation.name)
  if (operation.kind === 'decision' && operation.by === 'person' && call.principal.kind !== 'person')
    throw problems.operationDisabled(operation.name, 'only a person decides, with a credential of their own')
  if (options.readOnly && operation.kind !== 'read')
    throw problems.operationDisabled(operation.name, 'the server is read-only (READ_ONLY)')
  const group = groupOf(operation)
  if (call.door !== 'rest' && options.groups !== undefined && !options.groups.has(group))
    throw problems.operationDisabled(operation.name, `the toolset "${group}" is not one of TOOLSETS`)
}

/** The only place where input is checked and defaults are filled in. The caller's value is not changed. */
export function parse(operation: Operation, raw: unknown): unknown {
  const filled = operation.parse().Default(structuredClone(raw))
  if (!operation.parse().Check(filled)) throw problems.badInput(explain(operation, filled))
  return filled
}

function explain(operation: Operation, value: unknown): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return 'The input must be an object of named parameters.'
  const sentences = new Set(operation.parse().Errors(value).flatMap(sentence(operation)))
  return `${[...sentences].join('; ')}. Parameters of ${operation.name}: ${Object.keys(operation.input.properties).join(', ')}.`
}

interface Fault {
  keyword: string
  instancePath: string
  message: string
  params: unknown
}

// TypeBox reports a closed root twice: once per unknown field, once for the whole; the second says nothing to a reader.
const sentence =
  (operation: Operation) =>
  (fault: Fault): string[] => {
    const where = fault.instancePath.slice(1).replaceAll('/', '.')
    if (fault.keyword === 'boolean') return [`unknown parameter "${where}"`]
    if (fault.keyword === 'additionalProperties') return []
    const described = where === '' ? undefined : operation.input.properties[where]
    return [`${where === '' ? 'input' : where} ${fault.message}${hint(described)}`]
  }

/** A pattern says little to a reader; the field's description says it in words. */
function hint(schema: unknown): string {
  if (schema === null || typeof schema !== 'object') return ''
  if ('enum' in schema && Array.isArray(schema.enum)) return ` (${schema.enum.join(', ')})`
  return 'pattern' in schema && 'description' in schema ? ` (${String(schema.description)})` : ''
}

function contextOf(input: unknown): string | undefined {
  if (input === null || typeof input !== 'object' || !('context' in input)) return undefined
  return typeof input.context === 'string' ? input.context : undefined
}

// Output schemas are closed at every level. A compiled Check is a hundred times cheaper than Clean, so Clean only where it fails.
function clean(operation: Operation, output: unknown): unknown {
  const kept = operation.clean().Check(output) ? output : operation.clean().Clean(structuredClone(output))
  if (!operation.clean().Check(kept))
    throw new Error(`${operation.name} answered something its output schema does not allow: ${faults(operation, kept)}`)
  return scrubValue(kept)
}

const faults = (operation: Operation, value: unknown) =>
  operation
    .clean()
    .Errors(value)
    .slice(0, 3)
    .map((fault) => `${fault.instancePath} ${fault.message}`)
    .join('; ')

interface Watch {
  services: Services | undefined
  end(outcome: string, bytes: number, cause?: unknown): void
  fail(error: unknown): Problem
}

function begin(operation: Operation, raw: unknown, call: Call, options: RunOptions): Watch {
  const start = performance.now()
  const watch: Watch = {
    services: undefined,
    end(outcome, bytes, cause) {
      const context = watch.services?.contextName ?? contextOf(raw)
      const milliseconds = performance.now() - start
      options.finished({
        operation: operation.name,
        call,
        parameters: loggable(operation, raw),
        context: context === undefined ? undefined : scrubText(context),
        outcome,
        milliseconds,
        bytes,
        ...(cause === undefined ? {} : { cause }),
      })
    },
    fail(error) {
      const problem = scrubbed(call.signal.aborted ? problems.cancelled() : toProblem(error, call.correlationId))
      watch.end(problem.code, 0, error instanceof Problem ? undefined : error)
      return problem
    },
  }
  return watch
}

function scrubbed(problem: Problem): Problem {
  const message = scrubText(problem.message)
  const next = problem.next === undefined ? undefined : scrubText(problem.next)
  if (isDeepStrictEqual([message, next], [problem.message, problem.next])) return problem
  return new Problem(problem.code, problem.status, message, next, problem.facts)
}

async function* watched(events: AsyncIterable<StreamEvent>, watch: Watch): AsyncIterable<StreamEvent> {
  let bytes = 0
  let outcome = 'cancelled'
  try {
    for await (const event of events) {
      bytes += Buffer.byteLength(event.data)
      yield event
    }
    outcome = 'ok'
  } catch (error) {
    const problem = watch.fail(error)
    outcome = ''
    throw problem
  } finally {
    if (outcome !== '') watch.end(outcome, bytes)
  }
}
