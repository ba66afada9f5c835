import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { openSocket } from '../../../src/socket/open.ts'
import type { Ends } from '../../support/ends.ts'
import { textAt } from '../../support/json.ts'
import { folder } from '../../support/process.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { bearer, makeToken } from '../../support/tokens.ts'
import type { Command, TestClient, ToolResult } from './clients.ts'

/** The whole server with four contexts whose clusters nobody asks: switching between them is a change like every other. */
export interface ApprovalScene {
  server: TestServer
  /** The MCP endpoint. */
  url: string
  /** Starts `k8s-mcp --stdio` as a client of this server. */
  stdio: Command
  /** A person decides by REST about the plan that is stored. */
  decide(id: string, what: 'approve' | 'deny', reason?: string): Promise<void>
}

const contexts = ['dev', 'test', 'prod', 'spare']
const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'dev',
  clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:9' } }],
  users: [{ name: 'me', user: {} }],
  contexts: contexts.map((name) => ({ name, context: { cluster: 'none', user: 'me' } })),
})

const ENTRY = join(import.meta.dirname, '../../../src/server.ts')

/** Starts the server with its socket; it ends with the test. */
export async function approvalScene(t: Ends, settings: Record<string, string> = {}): Promise<ApprovalScene> {
  const home = folder(t)
  const environment = { KUBECONFIG: join(home, 'config'), DATA_DIR: join(home, 'state'), ...settings }
  await writeFile(environment.KUBECONFIG, KUBECONFIG)
  const server = await startServer(t, environment)
  const socket = await openSocket(server.application.core, pino({ level: 'silent' }))
  t.after(() => socket.close())
  const person = bearer(
    (await makeToken(server.application, { kind: 'person', subject: 'alice', role: 'approver' })).token,
  )
  const send = (path: string, body: object) =>
    server.rest(path, {
      method: 'POST',
      headers: { ...person, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return {
    server,
    url: `${server.url}/mcp`,
    stdio: {
      command: process.execPath,
      args: [ENTRY, '--stdio'],
      env: { HOME: '/nonexistent', NODE_ENV: 'test', WEBCONTROL_PORT: '0', ...environment },
      stderr: 'ignore',
    },
    async decide(id, what, reason = 'as agreed') {
      const { body } = await server.rest(`/approvals/${id}`, { headers: person })
      const vote = what === 'approve' ? { digest: textAt(body, 'digest') } : {}
      const { status, text } = await send(`/approvals/${id}/${what}`, { ...vote, reason })
      assert.equal(status, 200, text)
    },
  }
}

/** Asks for another current context; answers the id of the approval that waits. */
export async function askFor(client: TestClient, contextName: string): Promise<{ id: string; result: ToolResult }> {
  const result = await client.call('k8s_cluster_switch_context', { contextName })
  assert.equal(result.isError, false, result.text)
  return { id: textAt(result.data, 'id'), result }
}
