import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import Type, { type TObject } from 'typebox'
import type { Operation } from '../operations/define.ts'
import { essence } from './accept.ts'
import { formsOf } from './answers.ts'
import { SSE_FRAME } from './frames.ts'
import { inQuery, named, parametersOf, type Route } from './page.ts'
import { GZIP_TYPE, JSON_TYPE, PROBLEM_TYPE, ProblemBody, YAML_TYPE } from './problem.ts'

const DESCRIPTION = [
  'Kubernetes for AI agents and people. Every operation here is an MCP tool too (POST /mcp), with the same input and answer.',
  'Errors are problem+json (RFC 9457); `next` says what to do. Every answer has `x-correlation-id`, which the log has too.',
].join('\n\n')

const TOKEN = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token of k8s-mcp token create. Beyond loopback every caller needs one; only a person can decide with theirs.',
} as const

/** OpenAPI 3.1 of every route that is registered after this, in that order. */
export async function openApi(app: FastifyInstance, version: string): Promise<void> {
  app.addSchema({ $id: 'Problem', ...ProblemBody })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'k8s-mcp',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This server.' }],
      components: { securitySchemes: { token: TOKEN } },
      // Without a token on loopback, and for what is public.
      security: [{}, { token: [] }],
    },
    transform: ({ schema, url }) => ({ schema, url: named(url) }),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `def-${index}`,
    },
  })
}

const text = (description: string) => ({ schema: { type: 'string', description } })
const headers = { 'x-correlation-id': { type: 'string', description: 'Joins this answer to the log.' } }
const location = { location: { type: 'string', description: 'Where the approval is.' } }

/** What a route says of itself, from its operation. The id of an operation's second route has a number: ids are unique. */
export function routeSchemas(pages: readonly Route[]): (page: Route) => object {
  return (page) => {
    const { operation, tag } = page
    const before = pages.slice(0, pages.indexOf(page)).filter((each) => each.operation === operation).length
    return {
      operationId: before === 0 ? operation.name : `${operation.name}.${before + 1}`,
      summary: operation.title,
      description: operation.description,
      tags: [tag],
      ...inputSchemas(page),
      response: { ...success(operation), default: problemResponse },
    }
  }
}

const problemResponse = {
  description: 'What is wrong, and what to do about it.',
  headers,
  content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } },
}

/** One input schema, three places: `:names` in the path, the rest in the query or the body. */
function inputSchemas({ operation, method, path, fixed }: Route): object {
  const parameters = new Set(parametersOf(path))
  const inPath = fields(operation.input, (name) => parameters.has(name))
  const others = fields(operation.input, (name) => !parameters.has(name) && !(name in fixed))
  return {
    ...(parameters.size === 0 ? {} : { params: inPath }),
    ...(inQuery(method) ? { querystring: others } : bodySchemas(operation, others)),
  }
}

// The properties as they are, never copies: a TypeBox schema says what is optional where a copy does not reach.
function fields(input: TObject, wanted: (name: string) => boolean): TObject {
  return Type.Object(Object.fromEntries(Object.entries(input.properties).filter(([name]) => wanted(name))), {
    additionalProperties: false,
  })
}

const BINARY = { type: 'string', format: 'binary', description: 'The bytes of the archive.' }

/** A body of JSON, where there is anything to say in it; where it may be YAML as well, one field is the body and the others are in the query. */
function bodySchemas({ yamlBody, gzipBody }: Operation, input: TObject): object {
  if (gzipBody !== undefined) return { body: { content: { [GZIP_TYPE]: { schema: BINARY } } } }
  if (Object.keys(input.properties).length === 0) return {}
  const json = { [JSON_TYPE]: { schema: input } }
  if (yamlBody === undefined) return { body: { content: json } }
  const querystring = Type.Partial(fields(input, (name) => name !== yamlBody))
  return {
    body: {
      content: {
        ...json,
        [YAML_TYPE]: text(`The field ${yamlBody}, as it is; the other fields are then in the query.`),
      },
    },
    querystring,
  }
}

function success(operation: Operation): object {
  if (operation.kind === 'change') {
    const content = { [JSON_TYPE]: { schema: operation.output } }
    return {
      200: { description: 'With Prefer: wait, its end came in time.', headers: { ...headers, ...location }, content },
      202: {
        description: 'Asked for: an approval that waits for a person.',
        headers: { ...headers, ...location },
        content,
      },
    }
  }
  const forms = formsOf(operation).map(({ type, about }) => [
    essence(type),
    type === JSON_TYPE ? { schema: operation.output } : text(about),
  ])
  const streams =
    operation.kind === 'read' && operation.stream !== undefined
      ? [[essence(SSE_FRAME.type), text('Where it is followed: one event a line.')]]
      : []
  const { documents } = operation.kind === 'read' ? operation : {}
  const written = Object.entries(documents?.types ?? {}).map(([value, type]) => [
    essence(type),
    text(`With ${documents?.parameter ?? ''}=${value}: the document itself.`),
  ])
  return {
    200: { description: 'The answer.', headers, content: Object.fromEntries([...forms, ...written, ...streams]) },
  }
}
