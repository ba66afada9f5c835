import { isDeepStrictEqual } from 'node:util'
import { type Call, hasRole, type Role } from '../call.ts'
import { Problem, problems, toProblem } from '../errors.ts'
import { scrubText, scrubValue } from '../services/safety/scrub-text.ts'
import type { Services } from '../services/index.ts'
import { type ChangeGate, contextIn } from './changing.ts'
import { groupOf, type Operation, type StreamEvent } from './define.ts'
import { loggable } from './loggable.ts'
import { parse } from './parse.ts'

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

export interface RunOptions {
  servicesFor(call: Call, context: string | undefined): Services
  gate: ChangeGate
  /** The operation of a name. */
  find(name: string): Operation | undefined
  readOnly: boolean
  /** Groups whose operations MCP may call; undefined: all. */
  groups: ReadonlySet<string> | undefined
  finished(outcome: Outcome): void
  /** Told of each change or decision that its caller may not ask for: the audit has them too. */
  refused(operation: string, call: Call, code: string): void
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
        const services = options.servicesFor(call, contextIn(input))
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
        const services = options.servicesFor(call, contextIn(input))
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
  if (!('instead' in operation)) return options.gate.request(operation, input, services)
  const { operation: name, input: asked } = await operation.instead(input, services)
  return redirected(name, asked, services.call, options)
}

// The caller must be allowed the change that is asked for instead, and its input is checked like any other.
async function redirected(name: string, raw: unknown, call: Call, options: RunOptions): Promise<unknown> {
  const operation = options.find(name)
  if (operation?.kind !== 'change') throw problems.unknownOperation(name)
  const input = admit(operation, raw, call, options)
  return perform(operation, input, options.servicesFor(call, contextIn(input)), options)
}

/** Authorise, then parse: a caller learns what is wrong with its input only about operations it may call. */
function admit(operation: Operation, raw: unknown, call: Call, options: RunOptions): unknown {
  const refusal = whyRefused(operation, call, options)
  if (refusal === undefined) return parse(operation, raw)
  if (operation.kind !== 'read') options.refused(operation.name, call, refusal.code)
  throw refusal
}

function whyRefused(operation: Operation, call: Call, options: RunOptions): Problem | undefined {
  if (operation.kind === 'decision' && !operation.doors.includes(call.door))
    return problems.unknownOperation(operation.name)
  if (options.readOnly && operation.kind !== 'read')
    return problems.operationDisabled(operation.name, 'the server is read-only (READ_ONLY)')
  const group = groupOf(operation)
  if (AGENT_DOORS.has(call.door) && options.groups !== undefined && !options.groups.has(group))
    return problems.operationDisabled(operation.name, `the toolset "${group}" is not one of TOOLSETS`)
  return whyNotAllowed(operation, call)
}

const AGENT_DOORS: ReadonlySet<Call['door']> = new Set(['mcp', 'stdio'])

function whyNotAllowed(operation: Operation, { principal, grant }: Call): Problem | undefined {
  if (operation.public === true) return undefined
  if (grant.role === 'none') return problems.unauthenticated()
  if (operation.kind === 'decision' && operation.by === 'person' && principal.kind !== 'person')
    return problems.personNeeded(principal.kind)
  const least = leastRole(operation)
  return hasRole(grant, least) ? undefined : problems.roleNeeded(operation.name, least, grant.role)
}

function leastRole(operation: Operation): Role {
  if (operation.kind === 'read') return 'viewer'
  return operation.kind === 'decision' && operation.by === 'person' ? 'approver' : 'requester'
}

// Output schemas are closed at every level. A compiled Check is a hundred times cheaper than Clean, so Clean only where it fails.
function clean(operation: Operation, output: unknown): unknown {
  const kept = operation.clean().Check(output) ? output : operation.clean().Clean(structuredClone(output))
  if (!operation.clean().Check(kept))
    throw new Error(`${operation.name} answered something its output schema does not allow: ${faults(operation, kept)}`)
  return operation.ownText === true && !isOfCluster(operation, kept) ? kept : scrubValue(kept)
}

const isOfCluster = (operation: Operation, output: unknown): boolean =>
  operation.kind === 'read' && operation.ofCluster?.(output) === true

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
      const context = watch.services?.contextName ?? contextIn(raw)
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
