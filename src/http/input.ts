import type { FastifyRequest } from 'fastify'
import { problems } from '../errors.ts'
import type { Operation } from '../operations/define.ts'
import { inQuery, type Route } from './page.ts'
import { mediaType } from './problem.ts'
import { textReader } from './strings.ts'

/** A body that came as YAML: not parsed here, since what a manifest may say is decided where manifests are read. */
export class YamlBody {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Names that would reach into every object instead of one. */
const PROTOTYPE = new Set(['__proto__', 'prototype', 'constructor'])

/**
 * What gathers an operation's input from a request: `:names` from the path, the rest from the query (GET, HEAD, DELETE) or
 * the body. Nothing is dropped: unknown and repeated parameters reach `run`, which refuses them for every door alike.
 * Throws `bad_input` where a parameter stands in two places or in the wrong one.
 */
export function inputReader({ operation, fixed }: Route): (request: FastifyRequest) => Record<string, unknown> {
  const read = textReader(operation.input)
  const resume = operation.kind === 'read' ? operation.stream?.resume : undefined
  return (request) => {
    const path = entries(request.params).map(([name, value]) => [name === '*' ? 'path' : name, value] as const)
    const query = entries(request.query)
    const body = bodyOf(request, operation)
    if (inQuery(request.method)) refuseBody(request)
    else if (!(request.body instanceof YamlBody)) refuseQuery(query)
    const text = [...path, ...query, ...resumed(request, resume)].map(
      ([name, value]) => [name, read(name, value)] as const,
    )
    return merge([...text, ...body, ...Object.entries(fixed)])
  }
}

type Entry = readonly [name: string, value: unknown]

const entries = (value: unknown): Entry[] => (isObject(value) ? Object.entries(value) : [])
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

// A client that connects again says where it stopped in a header, and cannot change the address.
function resumed({ headers }: FastifyRequest, parameter: string | undefined): Entry[] {
  const last = headers['last-event-id']
  return parameter === undefined || last === undefined || last === '' ? [] : [[parameter, last]]
}

function bodyOf(request: FastifyRequest, { yamlBody, gzipBody }: Operation): Entry[] {
  const { body } = request
  if (body === undefined) return []
  if (Buffer.isBuffer(body) && gzipBody !== undefined) return [[gzipBody, body.toString('base64')]]
  if (body instanceof YamlBody) {
    if (yamlBody === undefined) throw mediaType(request)
    return [[yamlBody, body.text]]
  }
  if (!isObject(body) || Array.isArray(body))
    throw problems.badInput('The body must be a JSON object of named parameters.')
  return Object.entries(body)
}

function refuseBody({ method, headers }: FastifyRequest): void {
  const empty = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0'
  if (!empty) throw problems.badInput(`${method} takes no body.`, 'Give the parameters in the query.')
}

function refuseQuery(query: readonly Entry[]): void {
  const [first] = query
  if (first !== undefined)
    throw problems.badInput(`"${first[0]}" is in the query.`, 'Give the parameters in the body, as JSON.')
}

function merge(all: readonly Entry[]): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const [name, value] of all) {
    if (PROTOTYPE.has(name)) throw problems.badInput(`"${name}" is not a name a parameter can have.`)
    if (Object.hasOwn(input, name))
      throw problems.badInput(`"${name}" is given twice: in the path, the query or the body.`, 'Give it once.')
    input[name] = value
  }
  return input
}
