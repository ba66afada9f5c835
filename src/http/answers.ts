import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Call, Caller } from '../call.ts'
import { problems } from '../errors.ts'
import type { Operation, StreamEvent } from '../operations/define.ts'
import type { Answer } from '../operations/run.ts'
import { choose, essence } from './accept.ts'
import { type Frame, PLAIN_FRAME, SSE_FRAME } from './frames.ts'
import { JSON_TYPE } from './problem.ts'
import { EventStream, type NextEvent, type OpenStreams } from './streams.ts'

const HTML = 'text/html'
const TEXT_TYPE = 'text/plain; charset=utf-8'

/** One way to write an answer. */
interface Form {
  type: string
  about: string
  write(answer: Answer): string
}

/** The forms an operation's answer has, the usual one first: its own plain text where it has one, JSON, the text a model sees. */
export function formsOf(operation: Operation): Form[] {
  const json = { type: JSON_TYPE, about: 'Everything, as data.', write: (answer: Answer) => answer.json }
  const { plain } = operation.kind === 'read' ? operation : {}
  if (plain !== undefined)
    return [{ type: plain.type, about: 'Its usual text.', write: ({ output }) => plain.render(output) }, json]
  return [
    json,
    { type: TEXT_TYPE, about: 'The compact text that a model sees.', write: ({ output }) => textOf(operation, output) },
  ]
}

function textOf(operation: Operation, output: unknown): string {
  const lead = operation.lead?.(output)
  return lead === undefined ? operation.text(output) : `${lead}\n${operation.text(output)}`
}

/** An answer that is a document of its own: what to ask for, and the forms it then has. */
interface AsDocument {
  input: unknown
  forms: Form[]
}

/**
 * The document that a request asks for, where the operation has such: by its parameter, or by accepting that type alone. A page for
 * people (`text/html`) is never meant by Accept.
 */
export function documentOf(operation: Operation, input: unknown, { headers }: FastifyRequest): AsDocument | undefined {
  const { documents } = operation.kind === 'read' ? operation : {}
  if (documents === undefined || typeof input !== 'object' || input === null) return undefined
  const { parameter, types } = documents
  const given: unknown = Reflect.get(input, parameter)
  const accepted = Object.entries(types).find(([, type]) => essence(type) !== HTML && essence(type) === headers.accept)
  const value = given === undefined ? accepted?.[0] : typeof given === 'string' ? given : undefined
  const type = value === undefined ? undefined : types[value]
  if (type === undefined) return undefined
  const document = { type, about: 'The document itself.', write: ({ output }: Answer) => documents.text(output) }
  return { input: { ...input, [parameter]: value }, forms: [document, ...formsOf(operation)] }
}

/**
 * The form a client asked for. A browser's `text/html` gets the usual one where there is no page. Throws `not_acceptable`.
 */
export function pick<F extends { type: string }>(request: FastifyRequest, reply: FastifyReply, forms: readonly F[]): F {
  reply.header('vary', 'Accept')
  const { accept } = request.headers
  const types = forms.map(({ type }) => type)
  const type = choose(accept, [...types, HTML])
  const form = forms.find((each) => each.type === type) ?? (type === HTML ? forms[0] : undefined)
  if (form === undefined) throw problems.notAcceptable(accept ?? '', types.map(essence))
  return form
}

/** The call behind a request, and how to end it before the caller leaves. */
export interface Visit {
  call: Call
  leave: () => void
}

const quiet = () => undefined

/** The call of a REST request. It is cancelled when the client goes away before its answer. */
export function visitOf(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller & Pick<Call, 'door' | 'asking'>,
): Visit {
  const gone = new AbortController()
  const leave = () => gone.abort()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) leave()
  })
  const call: Call = {
    ...caller,
    correlationId: request.id,
    signal: gone.signal,
    progress: quiet,
    wantsProgress: false,
    requests: [],
  }
  return { call, leave }
}

const FRAMES: readonly Frame[] = [PLAIN_FRAME, SSE_FRAME]

/** How long the first event may hold back the headers, in milliseconds: an error that comes by then still has its own status. */
const FIRST_EVENT = 1000

interface Followed {
  events: AsyncIterable<StreamEvent>
  open: OpenStreams
  visit: Visit
}

/** Answers with a stream of events. Throws what the source throws before its first event, and `too_many_streams`. */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  { events, open, visit }: Followed,
): Promise<FastifyReply> {
  const frame = pick(request, reply, FRAMES)
  const release = open.reserve(visit.call.principal)
  const source = events[Symbol.asyncIterator]()
  const first = source.next()
  await settledOrLate(first).catch((error: unknown) => {
    release()
    throw error
  })
  const { leave, call } = visit
  const stream = new EventStream(source, first, { frame, correlationId: call.correlationId, leave })
  open.add(stream)
  stream.once('close', release)
  // A quiet source must not keep the headers back.
  stream.once('resume', () => reply.raw.flushHeaders())
  // Fastify reads the body of HEAD to its end; this one may have none.
  if (request.method === 'HEAD') stream.finish('')
  return reply.type(frame.type).header('x-accel-buffering', 'no').send(stream)
}

/** Waits for the first event, but not long. Throws its error. */
async function settledOrLate(first: NextEvent): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FIRST_EVENT)
  })
  await Promise.race([first, late]).finally(() => clearTimeout(timer))
}
