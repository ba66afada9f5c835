import assert from 'node:assert/strict'
import { pages } from '../../src/app.ts'
import { inQuery, parametersOf, type Route } from '../../src/http/page.ts'
import { wireName } from '../../src/mcp/tools.ts'
import { contractOf } from '../http/contract.ts'
import type { Ends } from './ends.ts'
import { textAt } from './json.ts'
import { sendRaw } from './raw.ts'
import { startServer, type TestServer } from './server.ts'
import { bearer } from './tokens.ts'

/** Named parameters of a call, as JSON. */
export type Input = Readonly<Record<string, unknown>>

/** What one door answered: `ok` and the value, or the error's code and its sentences, in the one form that both doors have. */
export interface Answered {
  readonly code: string
  readonly text: string
  readonly output: unknown
}

/** A REST request for an operation. */
export interface RestRequest {
  readonly method: string
  /** Path and query, encoded. */
  readonly path: string
  /** Media type of the body. */
  readonly type: string
  readonly body: string | undefined
}

// Of an operation with several pages, the one whose path has the most of the input.
function pageOf(operation: string, input: Input): Route {
  const fitting = pages.filter(
    (page) => page.operation.name === operation && parametersOf(page.path).every((name) => name in input),
  )
  const [page] = fitting.toSorted((a, b) => parametersOf(b.path).length - parametersOf(a.path).length)
  assert.ok(page, `${operation} has no page for ${JSON.stringify(input)}`)
  return page
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function queryOf(entries: readonly (readonly [string, unknown])[]): string {
  const pairs = entries.flatMap(([name, value]) => [value].flat().map((each) => [name, asText(each)]))
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}

/** How an input goes over REST: what the path names in the path, the rest in the query or the body. */
export function restRequest(operation: string, input: Input): RestRequest {
  const { method, path: template, operation: definition } = pageOf(operation, input)
  // A path below a page keeps its slashes.
  const below = (text: string) => text.toWellFormed().split('/').map(encodeURIComponent).join('/')
  const named = (text: string) =>
    text.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(asText(input[name]).toWellFormed()))
  const path = template.endsWith('*') ? named(template.slice(0, -1)) + below(asText(input['path'])) : named(template)
  const others = Object.entries(input).filter(([name]) => !parametersOf(template).includes(name))
  if (inQuery(method)) return { method, path: path + queryOf(others), type: '', body: undefined }
  const { gzipBody } = definition
  if (gzipBody === undefined)
    return { method, path, type: 'application/json', body: JSON.stringify(Object.fromEntries(others)) }
  const query = queryOf(others.filter(([name]) => name !== gzipBody))
  return { method, path: path + query, type: 'application/gzip', body: asText(input[gzipBody] ?? '') }
}

/** Both doors of one server. */
export interface Doors {
  readonly server: TestServer
  /** Calls an operation by REST, without a token or with this one. The answer has to fit the OpenAPI document. */
  rest(operation: string, input: Input, token?: string): Promise<Answered>
  /** Calls an operation by MCP. The client checks the answer against the tool's output schema. */
  mcp(operation: string, input: Input): Promise<Answered>
}

/** Starts the whole server and opens both doors; they close with the test. */
export async function openDoors(t: Ends, settings: Record<string, string>): Promise<Doors> {
  const server = await startServer(t, settings)
  const client = await server.mcp()
  const contract = contractOf((await server.rest('/openapi.json')).body)
  return {
    server,
    async rest(operation, input, token) {
      const { method, path, type, body } = restRequest(operation, input)
      const headers = {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': type }),
        ...(token === undefined ? {} : bearer(token)),
      }
      const answer = await sendRaw(server.url, { method, path, headers, body })
      const contentType = textAt(answer.headers, 'content-type')
      const [plainPath = ''] = path.split('?')
      assert.deepEqual(contract({ method, path: plainPath, status: answer.status, contentType, body: answer.text }), [])
      return restAnswer(answer.status, JSON.parse(answer.text))
    },
    async mcp(operation, input) {
      const answer = await client.callTool({ name: wireName(operation), arguments: { ...input } })
      if (answer.isError !== true) return { code: 'ok', text: '', output: answer.structuredContent }
      const code = textAt(answer, '_meta', 'code')
      return { code, text: textAt(answer, 'content', 0, 'text'), output: undefined }
    },
  }
}

function restAnswer(status: number, body: unknown): Answered {
  if (status < 300) return { code: 'ok', text: '', output: body }
  const code = textAt(body, 'code')
  const sentences = [textAt(body, 'detail'), textAt(body, 'next')].filter((each) => each !== '')
  return { code, text: `${code}: ${sentences.join(' ')}`, output: undefined }
}
