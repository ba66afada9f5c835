import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import parsePrometheus from 'parse-prometheus-text-format'
import { threeContexts } from '../support/home.ts'
import { at, textAt } from '../support/json.ts'
import { folder, until } from '../support/process.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'

const json = { 'content-type': 'application/json' }

async function asked(server: TestServer, headers: Record<string, string> = {}): Promise<unknown> {
  const body = JSON.stringify({ contextName: 'prod' })
  return (
    await server.rest('/cluster/contexts/current', {
      method: 'PUT',
      headers: { ...json, ...headers },
      body,
    })
  ).body
}

async function askedId(server: TestServer, headers: Record<string, string> = {}): Promise<string> {
  return textAt(await asked(server, headers), 'id')
}

async function denied(server: TestServer, id: string, headers: Record<string, string> = {}): Promise<number> {
  const { token } = await makeToken(server.application, { kind: 'person', subject: 'alice', role: 'approver' })
  const init = { method: 'POST', headers: { ...json, ...bearer(token), ...headers }, body: '{"reason":"not today"}' }
  return (await server.rest(`/approvals/${id}/deny`, init)).status
}

test('each event of an approval is one log line that names its row of the audit and the call it came from', async (t) => {
  const server = await startServer(t, { KUBECONFIG: threeContexts(folder(t)) })
  const id = await askedId(server, { 'x-correlation-id': 'ask-1' })
  assert.equal(await denied(server, id, { 'x-correlation-id': 'deny-1' }), 200)
  const lines = server.logs.filter(({ msg }) => msg === 'approval')
  const brief = lines.map(({ event, state, correlation_id: call, principal, door }) => [
    event,
    state,
    call,
    principal,
    door,
  ])
  assert.deepEqual(brief, [
    ['request', 'preparing', 'ask-1', 'agent:local', 'rest'],
    ['ready', 'pending', 'ask-1', 'agent:local', 'rest'],
    ['deny', 'denied', 'deny-1', 'person:alice', 'rest'],
  ])
  const rows = await server.application.core.approving.opened?.store.auditRows(0, 100)
  for (const { approval, audit } of lines) {
    assert.equal(approval, id)
    const row = rows?.find(({ seq }) => seq === at(audit, 'seq'))
    assert.equal(row?.hash, at(audit, 'head'))
  }
  for (const call of ['ask-1', 'deny-1'])
    assert.equal(server.logs.filter((line) => line['correlation_id'] === call && line['msg'] === 'call').length, 1)
})

test('the events of GET /approvals/events carry the head of the audit, too', async (t) => {
  const server = await startServer(t, { KUBECONFIG: threeContexts(folder(t)) })
  const id = await askedId(server)
  const stop = new AbortController()
  const from = { headers: { accept: 'text/event-stream', 'last-event-id': '0' }, signal: stop.signal }
  const events = await fetch(`${server.url}/approvals/events`, from)
  let text = ''
  for await (const chunk of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (/^event: ready\n(.*\n)*\n/m.test(text)) break
  }
  stop.abort()
  const data = [...text.matchAll(/^data: (.+)$/gm)].map(([, line = '']) => JSON.parse(line) as unknown)
  const heads = server.logs.filter(({ msg }) => msg === 'approval').map(({ audit }) => at(audit, 'head'))
  assert.deepEqual(
    data.map((each) => at(each, 'id')),
    [id, id],
  )
  assert.deepEqual(
    data.map((each) => at(each, 'head')),
    heads,
  )
})

test('the status and the metrics count what is open and what became of the rest', async (t) => {
  const server = await startServer(t, { KUBECONFIG: threeContexts(folder(t)) })
  const status = async (field: string) => at((await server.rest('/status')).body, field)
  assert.deepEqual([await status('store'), await status('openApprovals')], ['ready', 0])
  const id = await askedId(server)
  assert.equal(await status('openApprovals'), 1)
  const before = await counted(server)
  assert.equal(before('k8s_mcp_approvals_open', { state: 'pending' }), 1)
  assert.equal(before('k8s_mcp_store_usable', {}), 1)
  await denied(server, id)
  const after = await counted(server)
  assert.equal(after('k8s_mcp_approvals_open', { state: 'pending' }), 0)
  assert.equal(after('k8s_mcp_approval_events_total', { event: 'deny', state: 'denied' }), 1)
  assert.equal(await status('openApprovals'), 0)
})

async function counted(server: TestServer) {
  const { text } = await server.rest('/metrics', { headers: { accept: 'text/plain' } })
  const families = parsePrometheus(text)
  return (name: string, labels: Record<string, string>): number => {
    const metrics = families.find((family) => family.name === name)?.metrics ?? []
    const found = metrics.find((each) => Object.entries(labels).every(([key, value]) => each.labels?.[key] === value))
    return Number(found?.value ?? Number.NaN)
  }
}

test('with a store that is damaged the server is not ready, the status says why, and reads go on', async (t) => {
  const data = folder(t)
  writeFileSync(
    join(data, 'approvals.sqlite'),
    'this is no database, and it is long enough to be looked at as one'.repeat(99),
  )
  const server = await startServer(t, { KUBECONFIG: threeContexts(folder(t)), DATA_DIR: data })
  const ready = await server.rest('/readyz')
  assert.deepEqual([ready.status, ready.text], [503, 'reads go on, changes do not (store_damaged): see the log\n'])
  const { body: status } = await server.rest('/status')
  assert.match(textAt(status, 'store'), /not a whole SQLite database/)
  assert.equal(at(status, 'openApprovals'), undefined)
  assert.equal(at(await asked(server), 'code'), 'store_damaged')
  assert.equal((await server.rest('/cluster/contexts')).status, 200)
  assert.equal((await counted(server))('k8s_mcp_store_usable', {}), 0)
})

test('a policy that was broken while the server runs is in the status; the one of before holds and the server is ready', async (t) => {
  const policy = join(folder(t), 'policy.yaml')
  writeFileSync(policy, 'rules: []\n')
  const server = await startServer(t, { KUBECONFIG: threeContexts(folder(t)), POLICY_FILE: policy })
  appendFileSync(policy, 'rulez: []\n')
  const problem = await until('the fault is seen', async () => {
    const said = textAt((await server.rest('/status')).body, 'policyProblem')
    return said === '' ? undefined : said
  })
  assert.match(problem, /line 2, column 8: rulez is not a field/)
  assert.equal((await server.rest('/readyz')).status, 200)
  assert.equal(at(await asked(server), 'state'), 'pending')
})
