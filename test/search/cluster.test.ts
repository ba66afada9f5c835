import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { clusterTest } from '../cluster/shared.ts'
import { define, served } from '../reference/custom.ts'
import { listAt, textAt } from '../support/json.ts'
import { folder } from '../support/process.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

// The kinds that only the connected cluster has are found beside what comes along.

const TOKEN = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`
const SCHEMA = {
  type: 'object',
  description: `A machine that makes toast. Its token is ${TOKEN}.`,
  properties: {
    spec: { type: 'object', properties: { crispness: { type: 'integer', description: 'How crisp the toast gets.' } } },
  },
}

async function find(server: TestServer, q: string): Promise<{ hits: unknown[]; notes: unknown[] }> {
  const { status, body, text } = await server.rest(`/search?q=${encodeURIComponent(q)}`)
  assert.equal(status, 200, text)
  return { hits: listAt(body, 'hits'), notes: listAt(body, 'notes') }
}

const first = async (server: TestServer, q: string) => (await find(server, q)).hits[0]

/** The kubeconfig of the test cluster with another current context. */
function pointedAt(t: TestContext, kubeconfig: string, context: string): string {
  const file = join(folder(t), 'kubeconfig')
  const text = readFileSync(kubeconfig, 'utf8')
  writeFileSync(file, text.replace(/^(\s*"?current-context"?:\s*)"?[\w-]+"?/m, `$1"${context}"`), { mode: 0o600 })
  return file
}

clusterTest(
  'a custom resource is found within a second of being served: by its kind, short name and fields',
  async (cluster, t) => {
    const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
    // What the cluster has is known from before.
    await find(server, 'toaster')
    const custom = await define(cluster, SCHEMA)
    await served(cluster, custom)
    const kind = `/api/${custom.kind}.v1.${custom.group}`
    await until('it is found', async () => (await find(server, custom.kind)).hits.length > 0, 1)
    const named: readonly [query: string, url: string][] = [
      [custom.kind, kind],
      [custom.plural, kind],
      [`x${custom.kind.toLowerCase()}`, kind],
      [`${custom.plural}.${custom.group}`, kind],
      [`${custom.plural}.spec.crispness`, `${kind}#spec.crispness`],
      [`${custom.kind} crispness`, `${kind}#spec.crispness`],
    ]
    for (const [query, url] of named) {
      const hit = await first(server, query)
      assert.deepEqual([textAt(hit, 'source'), textAt(hit, 'url'), textAt(hit, 'context')], ['reference', url, 'admin'])
    }
    assert.equal((await server.rest(kind)).status, 200)
  },
)

clusterTest('what a cluster says of its kinds is masked, and marked for a model', async (cluster, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const custom = await define(cluster, SCHEMA)
  await served(cluster, custom)
  const hit = await first(server, custom.kind)
  assert.match(textAt(hit, 'snippet'), /^A machine that makes toast\. Its token is (?!ghp_)/)
  const client = await server.mcp()
  const ask = async (q: string) =>
    JSON.stringify((await client.callTool({ name: 'k8s_docs_search', arguments: { q } })).content)
  const [own, others] = [await ask('Deployment'), await ask(custom.kind)]
  assert.ok(!own.includes('<untrusted') && others.includes('<untrusted'), others)
  assert.ok(!others.includes(TOKEN))
})

clusterTest('a cluster that does not answer holds up no search twice, and it is said', async (cluster, t) => {
  const server = await startServer(t, { KUBECONFIG: pointedAt(t, cluster.kubeconfig, 'blackhole') })
  const quick = async (q: string, most: number) => {
    const start = performance.now()
    const found = await find(server, q)
    assert.ok(performance.now() - start < most, `${q}: ${performance.now() - start} ms`)
    return found
  }
  const { notes } = await quick('widget', 4_000)
  assert.match(String(notes), /Kinds that only context blackhole has were not looked through/)
  assert.match(String((await quick('widget', 1_000)).notes), /blackhole/)
  assert.deepEqual((await quick('why does my pod not start', 1_000)).notes, [])
  assert.equal(textAt((await quick('deploy', 1_000)).hits[0], 'url'), '/api/Deployment.v1.apps')
})
