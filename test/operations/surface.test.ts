import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Tool } from '@modelcontextprotocol/client'
import { pages } from '../../src/app.ts'
import { wireName } from '../../src/mcp/tools.ts'
import { groupOf, type Operation } from '../../src/operations/define.ts'
import { operations } from '../../src/operations/index.ts'
import { at, keysAt, listAt, textAt } from '../support/json.ts'
import { fieldsOf, holdsFields, objectsOf } from '../support/schemas.ts'
import { startServer } from '../support/server.ts'

/** What is offered: each operation and the pages it answers, in documented order. */
const SURFACE: readonly (readonly [operation: string, ...pages: string[]])[] = [
  ['infra.k8s.getInfo', 'GET /'],
  ['infra.k8s.getStatus', 'GET /status'],
  ['infra.k8s.getMetrics', 'GET /metrics'],
  ['infra.k8s.cluster.getCluster', 'GET /cluster'],
  ['infra.k8s.cluster.getContexts', 'GET /cluster/contexts'],
  ['infra.k8s.cluster.getCurrentContext', 'GET /cluster/contexts/current'],
  ['infra.k8s.cluster.listNamespaces', 'GET /cluster/namespaces'],
  ['infra.k8s.cluster.listEvents', 'GET /cluster/events'],
  ['infra.k8s.cluster.listApiResources', 'GET /cluster/api-resources'],
  ['infra.k8s.cluster.canI', 'GET /cluster/can-i'],
  ['infra.k8s.pods.listPods', 'GET /cluster/pods'],
  ['infra.k8s.pods.getPod', 'GET /cluster/pod/:namespace/:name'],
  ['infra.k8s.pods.getPodLogs', 'GET /cluster/pod/:namespace/:name/logs', 'GET /cluster/logs'],
  ['infra.k8s.pods.topPods', 'GET /cluster/top/pods'],
  ['infra.k8s.deployments.listDeployments', 'GET /cluster/deployments'],
  ['infra.k8s.deployments.getRollout', 'GET /cluster/deployment/:namespace/:name/rollout'],
  ['infra.k8s.services.listServices', 'GET /cluster/services'],
  ['infra.k8s.nodes.listNodes', 'GET /cluster/nodes'],
  ['infra.k8s.nodes.topNodes', 'GET /cluster/top/nodes'],
  ['infra.k8s.resources.listResources', 'GET /cluster/resources/:kind'],
  ['infra.k8s.resources.getResource', 'GET /cluster/resources/:kind/:name'],
  ['infra.k8s.resources.describeResource', 'GET /cluster/describe/:kind/:name'],
  ['infra.k8s.apply.diffManifest', 'POST /cluster/diff'],
]

/** What the surface says an input takes beyond what its path names. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'infra.k8s.cluster.listEvents': ['namespace', 'kind', 'name', 'type', 'reason'],
  'infra.k8s.cluster.canI': ['verb', 'resource', 'namespace'],
  'infra.k8s.pods.listPods': [
    'namespace',
    'allNamespaces',
    'labelSelector',
    'fieldSelector',
    'ready',
    'limit',
    'continue',
    'format',
  ],
  'infra.k8s.pods.getPodLogs': [
    'name',
    'labelSelector',
    'tail',
    'follow',
    'container',
    'allContainers',
    'previous',
    'since',
    'sinceTime',
    'timestamps',
    'contains',
    'maxBytes',
    'cursor',
    'followSeconds',
  ],
  'infra.k8s.resources.listResources': ['kind', 'namespace', 'labelSelector', 'limit', 'continue', 'format'],
  'infra.k8s.resources.getResource': ['fields'],
  'infra.k8s.apply.diffManifest': ['yamlContent', 'namespace'],
}

const KIB = 1024
const NO_CLUSTER = { KUBECONFIG: '/nonexistent' }
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const none = (faults: readonly string[], what: string) => assert.deepEqual(faults, [], what)
/** Bytes of what a model sees of a tool. */
const bytesSeen = ({ name, description, inputSchema }: Tool) =>
  Buffer.byteLength(JSON.stringify({ name, description, inputSchema }))

suite('the registry', () => {
  test('has every operation of the surface, and no other', () => {
    assert.deepEqual(
      operations.map(({ name }) => name),
      SURFACE.map(([name]) => name),
    )
  })

  test('offers no change before changes wait for approval', () => {
    none(
      operations.filter(({ kind }) => kind !== 'read').map(({ name }) => name),
      'only reads',
    )
  })

  test('has every parameter that the surface names, and a context wherever a cluster answers', () => {
    const ownCluster = new Set(['infra.k8s.cluster.getContexts', 'infra.k8s.cluster.getCurrentContext'])
    const missing = operations.flatMap((operation) => {
      const { name, input } = operation
      const anywhere = groupOf(operation) === 'server' || ownCluster.has(name)
      const wanted = [...(PARAMETERS[name] ?? []), ...(anywhere ? [] : ['context'])]
      return wanted.filter((each) => !(each in input.properties)).map((each) => `${name}: ${each}`)
    })
    none(missing, 'a parameter is missing')
    assert.ok(Object.keys(PARAMETERS).every((name) => operations.some((each) => each.name === name)))
  })
})

for (const operation of operations) {
  const { name, title, description, input, output }: Operation = operation
  suite(name, () => {
    test('is described: title, text, every field that goes in and every field that comes out', () => {
      assert.ok(isText(title) && title.length <= 60, 'the title')
      assert.ok(isText(description) && Buffer.byteLength(description) <= 2 * KIB, 'the description')
      const wordless = [...fieldsOf(input), ...fieldsOf(output).filter(({ schema }) => !holdsFields(schema))]
        .filter(({ schema }) => !isText(at(schema, 'description')))
        .map(({ path }) => path)
      none(wordless, 'described fields')
      assert.ok(fieldsOf(output).length > 0, 'an output without fields says nothing')
    })

    test('has types for all of it, and closed objects', () => {
      const untyped = [...fieldsOf(input), ...fieldsOf(output)]
        .filter(({ schema }) => !isText(at(schema, 'type')) && at(schema, 'anyOf') === undefined)
        .map(({ path }) => path)
      none(untyped, 'typed fields')
      assert.equal(at(input, 'additionalProperties'), false, 'unknown parameters are refused')
      // Rows of any kind have columns that only the API server knows; they are typed all the same.
      const open = objectsOf(output).filter(({ schema }) => at(schema, 'additionalProperties') !== false)
      const columns = name === 'infra.k8s.resources.listResources' ? ['items[]'] : []
      assert.deepEqual(
        open.map(({ path }) => path),
        columns,
      )
    })
  })
}

suite('REST', () => {
  test('answers every operation at the pages that the surface names', () => {
    const offered = SURFACE.map(([name]) => [
      name,
      ...pages.filter(({ operation }) => operation.name === name).map(({ method, path }) => `${method} ${path}`),
    ])
    assert.deepEqual(offered, SURFACE)
  })

  test('describes every page in OpenAPI: its parameters, its answer, its errors', async (t) => {
    const server = await startServer(t, NO_CLUSTER)
    const { body } = await server.rest('/openapi.json')
    for (const { method, path, operation } of pages) {
      const page = at(body, 'paths', path.replaceAll(/:(\w+)/g, '{$1}'), method.toLowerCase())
      assert.deepEqual([at(page, 'summary'), at(page, 'description')], [operation.title, operation.description], path)
      const named = listAt(page, 'parameters').map((each) => textAt(each, 'name'))
      const inBody = keysAt(page, 'requestBody', 'content', 'application/json', 'schema', 'properties')
      assert.deepEqual(new Set([...named, ...inBody]), new Set(Object.keys(operation.input.properties)), path)
      assert.deepEqual(keysAt(page, 'responses'), ['200', 'default'], path)
      const fields = keysAt(page, 'responses', '200', 'content', 'application/json', 'schema', 'properties')
      assert.deepEqual(fields, Object.keys(operation.output.properties), path)
    }
  })

  test('lists every page, with its tool, on the start page', async (t) => {
    const server = await startServer(t, NO_CLUSTER)
    const { body } = await server.rest('/')
    const listed = listAt(body, 'endpoints').filter((each) => at(each, 'operation') !== undefined)
    assert.deepEqual(
      listed.map((each) => ['method', 'path', 'operation', 'tool'].map((key) => at(each, key))),
      pages.map(({ method, path, operation }) => [method, path, operation.name, wireName(operation.name)]),
    )
  })
})

suite('MCP', () => {
  const listed = async (t: TestContext, settings: Record<string, string>) => {
    const client = await (await startServer(t, { ...NO_CLUSTER, ...settings })).mcp()
    const { tools } = await client.listTools()
    return { client, tools, bytes: tools.reduce((sum, tool) => sum + bytesSeen(tool), 0) }
  }

  test('offers every operation as a tool that only reads, under a name every client takes', async (t) => {
    const { tools } = await listed(t, { TOOLSETS: 'all' })
    assert.deepEqual(
      tools.map(({ _meta: meta }) => meta?.['k8s-mcp/operation']),
      SURFACE.map(([name]) => name),
    )
    for (const { name } of tools) assert.match(name, /^[a-z][a-z0-9_]{2,39}$/)
    assert.equal(new Set(tools.map(({ name }) => name)).size, SURFACE.length)
    for (const { name, annotations } of tools) {
      const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations ?? {}
      assert.deepEqual([readOnlyHint, destructiveHint, idempotentHint], [true, false, true], name)
      assert.equal(typeof openWorldHint, 'boolean', name)
    }
  })

  test('costs a model at most 16 KB by default and 28 KB with everything', async (t) => {
    const [core, all] = [await listed(t, {}), await listed(t, { TOOLSETS: 'all' })]
    assert.ok(core.bytes <= 16 * KIB, `core has ${core.bytes} bytes`)
    assert.ok(all.bytes <= 28 * KIB, `all have ${all.bytes} bytes`)
    assert.ok(core.tools.length < all.tools.length)
  })

  test('calls every operation by its wire name and by its dotted name, listed or not', async (t) => {
    const { client } = await listed(t, {})
    for (const { name } of operations)
      for (const each of [wireName(name), name]) {
        const answer = await client.callTool({ name: each, arguments: { nosuch: 1 } })
        assert.match(textAt(answer, 'content', 0, 'text'), /^bad_input: .*unknown parameter "nosuch"/, each)
      }
  })
})
