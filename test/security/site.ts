import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { textAt } from '../support/json.ts'
import { folder } from '../support/process.ts'
import { type RawAnswer, type RawRequest, sendRaw } from '../support/raw.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Headers of a JSON body, and of a message of MCP. */
export const JSON_TYPE = { 'content-type': 'application/json' }
export const MCP_HEADERS = { ...JSON_TYPE, accept: 'application/json, text/event-stream' }

/** A message of MCP. */
export const message = (method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
export const INITIALIZE = message('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'x', version: '1' },
})
export const LIST_CONTEXTS = message('tools/call', { name: 'k8s_cluster_get_contexts', arguments: {} })

/** A server whose MCP has a port of its own. */
export interface Site {
  server: TestServer
  /** Addresses of the two listeners. */
  web: string
  mcp: string
}

// Manifests are read for a context; nothing listens at its server.
const NOBODY_THERE = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'dev',
  clusters: [{ name: 'dev', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'me', user: {} }],
  contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'me' } }],
})

/** Starts the server on two listeners; it ends with the test. */
export async function open(t: TestContext): Promise<Site> {
  const KUBECONFIG = join(folder(t), 'kubeconfig')
  await writeFile(KUBECONFIG, NOBODY_THERE)
  const server = await startServer(t, { KUBECONFIG, MCP_PORT: '1' })
  const { mcp } = server.application
  assert.ok(mcp !== undefined)
  return { server, web: server.url, mcp: await mcp.listen({ host: '127.0.0.1', port: 0 }) }
}

/** Every kind of request there is, at the listener that takes it. */
export const requests = ({ web, mcp }: Site): [address: string, request: RawRequest][] => [
  ...['/', '/status', '/metrics', '/cluster/contexts', '/openapi.json', '/openapi.yaml', '/swagger', '/nosuch'].map(
    (path): [string, RawRequest] => [web, { path }],
  ),
  [web, { path: '/cluster/diff', method: 'POST', headers: JSON_TYPE, body: '{"yamlContent":"a: b"}' }],
  [web, { path: '/cluster/pods', method: 'DELETE' }],
  [web, { path: '/', method: 'OPTIONS' }],
  [mcp, { path: '/mcp', method: 'POST', headers: MCP_HEADERS, body: INITIALIZE }],
  [mcp, { path: '/mcp', method: 'POST', headers: MCP_HEADERS, body: LIST_CONTEXTS }],
  [mcp, { path: '/mcp', headers: { accept: 'text/event-stream' } }],
  [mcp, { path: '/mcp', method: 'OPTIONS' }],
]

/** Sends a request with more headers. */
export const send = (
  address: string,
  request: RawRequest,
  headers: Readonly<Record<string, string>>,
): Promise<RawAnswer> => sendRaw(address, { ...request, headers: { ...request.headers, ...headers } })

/** The code of a refusal, whichever door has refused. */
export function codeOf({ text }: RawAnswer): string {
  const body: unknown = JSON.parse(text)
  return textAt(body, 'code') || textAt(body, 'error', 'data', 'code')
}

/** Log lines of operations that were called. */
export const callsIn = (server: TestServer) => server.logs.filter((line) => line['operation'] !== undefined)
