import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller, Door } from '../call.ts'
import { problems } from '../errors.ts'
import type { Operation } from '../operations/define.ts'
import type { Runner } from '../operations/run.ts'
import { documentOf, formsOf, pick, sendEvents, visitOf } from './answers.ts'
import { answerChange, askingOf } from './asking.ts'
import { documents } from './documents.ts'
import { withFurther } from './further.ts'
import { health } from './health.ts'
import { namesFormat, sendPage, wantsPage } from './html.ts'
import { inputReader, YamlBody } from './input.ts'
import { parseJson, utf8 } from './json.ts'
import { UPLOAD_LIMIT } from './limits.ts'
import { openApi, routeSchemas } from './openapi.ts'
import type { Route } from './page.ts'
import { GZIP_TYPE, JSON_TYPE, YAML_TYPE } from './problem.ts'
import { OpenStreams, type StreamTimes } from './streams.ts'

export interface RestOptions {
  /** Every line of every route page, in documented order. */
  pages: readonly Route[]
  runner: Runner
  /** Of this server, for OpenAPI. */
  version: string
  callerOf: (request: FastifyRequest) => Caller
  /** Whether it describes itself: OpenAPI and Swagger UI. Default: yes. */
  described?: boolean
  /** Which door this listener is. Default: rest. */
  door?: Door
  /** Why the server should get no requests now; undefined: it is ready. Default: always ready. */
  notReady?: () => string | undefined
  /** Streams one caller may have open. */
  mostStreams?: number
  streamTimes?: StreamTimes
}

/**
 * The REST door: every route of the pages, OpenAPI, Swagger UI, health. Register it on an instance that `edge` was called
 * on; what it sets stays inside it.
 */
export async function rest(app: FastifyInstance, options: RestOptions): Promise<void> {
  const open = new OpenStreams(options.mostStreams, options.streamTimes)
  app.addHook('preClose', () => open.close())
  takeBodies(app)
  describeOnly(app)
  const { pages, version, described = true } = options
  if (described) await openApi(app, version)
  const schemaOf = described ? routeSchemas(pages) : () => ({})
  for (const page of pages) {
    const mounted: Mounted = { door: 'rest', ...options, open, schema: schemaOf(page) }
    if (page.operation.gzipBody === undefined) mount(app, page, mounted)
    else await app.register(uploads, { page, mounted })
  }
  health(app, options.notReady)
  if (described) await documents(app)
}

// Schemas here describe; `run` alone checks, fills in and removes, and has the JSON text ready.
function describeOnly(app: FastifyInstance): void {
  app.setValidatorCompiler(() => (value) => ({ value }))
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
}

/** JSON and YAML, nothing a form can send. */
export function takeBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(JSON_TYPE, { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(body),
  )
  app.addContentTypeParser<Buffer>(
    YAML_TYPE,
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => new YamlBody(utf8(body)),
  )
}

/** A route that takes an archive, and nothing else, on an instance of its own: no other route takes bodies of that size. */
async function uploads(app: FastifyInstance, { page, mounted }: { page: Route; mounted: Mounted }): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(GZIP_TYPE, { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => body)
  // Before the body: it is large, and nobody unknown may have it read.
  app.addHook('onRequest', async (request) => {
    if (mounted.callerOf(request).grant.role === 'none') throw problems.unauthenticated()
  })
  mount(app, page, mounted)
}

interface Mounted {
  runner: Runner
  door: Door
  callerOf: (request: FastifyRequest) => Caller
  open: OpenStreams
  schema: object
}

function mount(app: FastifyInstance, page: Route, { runner, door, callerOf, open, schema }: Mounted): void {
  const { operation } = page
  const read = inputReader(page)
  const forms = formsOf(operation)
  const html = app.htmlPages?.pageOf(operation)
  app.route({
    method: page.method,
    url: page.path,
    schema,
    config: { bodyTypes: bodyTypesOf(operation) },
    ...(operation.gzipBody === undefined ? {} : { bodyLimit: UPLOAD_LIMIT }),
    async handler(request, reply) {
      const given = read(request)
      const visit = visitOf(request, reply, { door, ...callerOf(request), ...askingOf(operation, request) })
      const input = await withFurther(page, given)
      const events = runner.stream(operation, input, visit.call)
      if (events !== undefined) return sendEvents(request, reply, { events, open, visit })
      if (html !== undefined && wantsPage(request, JSON_TYPE) && !namesFormat(input))
        return sendPage(reply, { url: request.url, call: visit.call }, { page: html, operation, runner, input })
      const asked = documentOf(operation, input, request) ?? { input, forms }
      const form = pick(request, reply, asked.forms)
      const answer = await runner.answer(operation, asked.input, visit.call)
      return answerChange(operation, visit.call, answer.output, reply).type(form.type).send(form.write(answer))
    },
  })
}

function bodyTypesOf({ yamlBody, gzipBody }: Operation): string[] {
  if (gzipBody !== undefined) return [GZIP_TYPE]
  return yamlBody === undefined ? [JSON_TYPE] : [JSON_TYPE, YAML_TYPE]
}
