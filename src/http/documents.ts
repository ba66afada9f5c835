import { createHash } from 'node:crypto'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { stringify } from 'yaml'
import { JSON_TYPE, YAML_TYPE } from './problem.ts'

/** The OpenAPI document as it is written to openapi.yaml and served. */
const openApiYaml = (app: FastifyInstance): string =>
  stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 0 })

// What Swagger UI needs and no more: its own files. Its styles are set by script, which the policy does not count as inline.
const SWAGGER_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** `/openapi.json`, `/openapi.yaml` and Swagger UI at `/swagger`. */
export async function documents(app: FastifyInstance): Promise<void> {
  app.get(
    '/openapi.json',
    { schema: about('json', JSON_TYPE, { type: 'object' }) },
    unchanging(JSON_TYPE, () => JSON.stringify(app.swagger())),
  )
  app.get(
    '/openapi.yaml',
    { schema: about('yaml', YAML_TYPE, { type: 'string' }) },
    unchanging(YAML_TYPE, () => openApiYaml(app)),
  )
  await app.register(swaggerUi, {
    routePrefix: '/swagger',
    staticCSP: SWAGGER_POLICY,
    uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true },
  })
}

const about = (format: string, type: string, schema: object) => ({
  operationId: `openapi.${format}`,
  summary: `This document as ${format.toUpperCase()}`,
  tags: ['server'],
  response: {
    200: { description: 'OpenAPI 3.1.', content: { [type]: { schema } } },
    304: { type: 'null', description: 'It is what If-None-Match names.' },
  },
})

/** A handler of what stays the same as long as the server runs: made at the first request, with a strong ETag (RFC 9110, 8.8.3). */
function unchanging(type: string, make: () => string) {
  let made: { body: string; tag: string } | undefined
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    made ??= tagged(make())
    reply.header('etag', made.tag).header('cache-control', 'no-cache')
    if (matches(request.headers['if-none-match'], made.tag)) return reply.code(304).send()
    return reply.type(type).send(made.body)
  }
}

const tagged = (body: string) => ({
  body,
  tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
})

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
const matches = (header: string | undefined, tag: string): boolean =>
  header !== undefined && header.split(',').some((each) => ['*', tag].includes(each.trim().replace(/^W\//, '')))
