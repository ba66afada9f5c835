import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import parsePrometheus from 'parse-prometheus-text-format'
import { clusterTest } from '../cluster/shared.ts'
import { folder, until } from '../support/process.ts'
import { startServer } from '../support/server.ts'

clusterTest(
  'every call is one JSON line that says who asked what, where it went and what it cost',
  async (cluster, t) => {
    const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
    const correlation = 'ticket-4711'
    await server.rest('/cluster/pods?namespace=default&labelSelector=app%3Dweb', {
      headers: { 'x-correlation-id': correlation },
    })
    const lines = server.logs.filter((line) => line['correlation_id'] === correlation)
    assert.equal(lines.length, 1)
    const [line = {}] = lines
    const { time, duration_ms: duration, bytes, kubernetes, ...facts } = line
    assert.ok(!Number.isNaN(Date.parse(String(time))))
    assert.ok(Number(duration) > 0 && Number(bytes) > 0)
    assert.deepEqual(facts, {
      level: 'info',
      correlation_id: correlation,
      principal: 'agent:local',
      door: 'rest',
      operation: 'infra.k8s.pods.listPods',
      parameters: { namespace: 'default', labelSelector: 'app=web' },
      context: 'admin',
      outcome: 'ok',
      msg: 'call',
    })
    assert.ok(Array.isArray(kubernetes))
    const [request = {}] = kubernetes
    assert.equal(request.method, 'GET')
    assert.equal(request.path, '/api/v1/namespaces/default/pods')
    assert.equal(request.status, 200)
  },
)

clusterTest('an MCP call leaves the same line, with the correlation id its answer carries', async (cluster, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const client = await server.mcp()
  const answer = await client.callTool({ name: 'k8s_pods_list_pods', arguments: { namespace: 'default' } })
  const id = answer._meta?.['correlation_id']
  assert.equal(typeof id, 'string')
  const [line = {}] = server.logs.filter((each) => each['correlation_id'] === id)
  assert.equal(line['door'], 'mcp')
  assert.equal(line['operation'], 'infra.k8s.pods.listPods')
  assert.equal(line['outcome'], 'ok')
})

clusterTest('/metrics is what a Prometheus parser accepts, and getMetrics has the same numbers', async (cluster, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  await server.rest('/cluster/pods')
  await server.rest('/cluster/pods?limit=0')
  const client = await server.mcp()
  const { text, headers } = await server.rest('/metrics', { headers: { accept: '*/*' } })
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const families = parsePrometheus(text)
  const calls = families.find(({ name }) => name === 'k8s_mcp_calls_total')
  const counted = (outcome: string) =>
    calls?.metrics.find(
      ({ labels }) => labels?.['outcome'] === outcome && labels['operation'] === 'infra.k8s.pods.listPods',
    )
  assert.equal(Number(counted('ok')?.value), 1)
  assert.equal(Number(counted('bad_input')?.value), 1)
  for (const name of [
    'k8s_mcp_call_duration_seconds',
    'k8s_mcp_kubernetes_requests_total',
    'k8s_mcp_context_reachable',
    'k8s_mcp_event_loop_delay_seconds',
    'process_resident_memory_bytes',
  ])
    assert.ok(
      families.some((family) => family.name === name),
      `${name} is missing`,
    )
  const answer = await client.callTool({ name: 'k8s_get_metrics', arguments: {} })
  const data = JSON.stringify(answer.structuredContent)
  assert.match(data, /k8s_mcp_calls_total/)
  assert.match(data, /"outcome":"bad_input"/)
})

test('LOG_FILE gets the lines beside stdout', async (t) => {
  const { makeLog } = await import('../../src/log.ts')
  const { readConfig } = await import('../../src/config.ts')
  const file = join(folder(t), 'logs', 'server.log')
  const log = await makeLog(readConfig({ environment: { LOG_FILE: file, LOG_LEVEL: 'info' } }).config, true)
  log.info({ here: true }, 'written')
  const line = await until('the line is in the file', () => {
    try {
      return readFileSync(file, 'utf8')
        .split('\n')
        .find((each) => each.includes('written'))
    } catch {
      return undefined
    }
  })
  assert.equal(JSON.parse(line)['here'], true)
})
