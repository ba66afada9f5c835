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
  ['infra.k8s.cluster.switchContext', 'PUT /cluster/contexts/current'],
  ['infra.k8s.cluster.listNamespaces', 'GET /cluster/namespaces'],
  ['infra.k8s.cluster.listEvents', 'GET /cluster/events'],
  ['infra.k8s.cluster.listApiResources', 'GET /cluster/api-resources'],
  ['infra.k8s.cluster.canI', 'GET /cluster/can-i'],
  ['infra.k8s.pods.listPods', 'GET /cluster/pods'],
  ['infra.k8s.pods.getPod', 'GET /cluster/pod/:namespace/:name'],
  ['infra.k8s.pods.getPodLogs', 'GET /cluster/pod/:namespace/:name/logs', 'GET /cluster/logs'],
  ['infra.k8s.pods.topPods', 'GET /cluster/top/pods'],
  ['infra.k8s.pods.createPod', 'POST /cluster/create/pod'],
  ['infra.k8s.pods.deletePod', 'DELETE /cluster/pod/:namespace/:name'],
  ['infra.k8s.pods.execInPod', 'POST /cluster/pod/:namespace/:name/exec'],
  ['infra.k8s.deployments.listDeployments', 'GET /cluster/deployments'],
  ['infra.k8s.deployments.getRollout', 'GET /cluster/deployment/:namespace/:name/rollout'],
  ['infra.k8s.deployments.scaleDeployment', 'POST /cluster/deployment/:namespace/:name/scale'],
  ['infra.k8s.deployments.restartDeployment', 'POST /cluster/deployment/:namespace/:name/restart'],
  ['infra.k8s.deployments.undoRollout', 'POST /cluster/deployment/:namespace/:name/undo'],
  ['infra.k8s.services.listServices', 'GET /cluster/services'],
  ['infra.k8s.nodes.listNodes', 'GET /cluster/nodes'],
  ['infra.k8s.nodes.topNodes', 'GET /cluster/top/nodes'],
  ['infra.k8s.nodes.cordonNode', 'POST /cluster/node/:name/cordon'],
  ['infra.k8s.nodes.drainNode', 'POST /cluster/node/:name/drain'],
  ['infra.k8s.resources.listResources', 'GET /cluster/resources/:kind'],
  ['infra.k8s.resources.getResource', 'GET /cluster/resources/:kind/:name'],
  ['infra.k8s.resources.describeResource', 'GET /cluster/describe/:kind/:name'],
  ['infra.k8s.resources.deleteResource', 'DELETE /cluster/resources/:kind/:name'],
  ['infra.k8s.resources.patchResource', 'PATCH /cluster/resources/:kind/:name'],
  ['infra.k8s.apply.diffManifest', 'POST /cluster/diff'],
  ['infra.k8s.apply.applyManifest', 'POST /cluster/apply'],
  ['infra.k8s.helm.listReleases', 'GET /cluster/helm/releases'],
  ['infra.k8s.helm.getRelease', 'GET /cluster/helm/release/:namespace/:name'],
  ['infra.k8s.helm.getReleaseHistory', 'GET /cluster/helm/release/:namespace/:name/history'],
  ['infra.k8s.helm.installChart', 'POST /cluster/helm/releases'],
  ['infra.k8s.helm.upgradeChart', 'PUT /cluster/helm/release/:namespace/:name'],
  ['infra.k8s.helm.rollbackRelease', 'POST /cluster/helm/release/:namespace/:name/rollback'],
  ['infra.k8s.helm.uninstallRelease', 'DELETE /cluster/helm/release/:namespace/:name'],
  ['infra.k8s.helm.uploadChart', 'POST /cluster/helm/charts'],
  ['infra.k8s.diagnose.diagnose', 'GET /cluster/diagnose'],
  ['infra.k8s.approvals.listApprovals', 'GET /approvals', 'GET /approvals/events'],
  ['infra.k8s.approvals.getApproval', 'GET /approvals/:id'],
  ['infra.k8s.approvals.cancelApproval', 'POST /approvals/:id/cancel'],
  ['infra.k8s.approvals.undoChange', 'POST /approvals/:id/undo'],
  ['infra.k8s.approvals.approve', 'POST /approvals/:id/approve'],
  ['infra.k8s.approvals.deny', 'POST /approvals/:id/deny'],
  ['infra.k8s.approvals.resolve', 'POST /approvals/:id/resolve'],
  ['infra.k8s.docs.search', 'GET /search'],
  ['infra.k8s.docs.listDocs', 'GET /docs'],
  ['infra.k8s.docs.getDoc', 'GET /docs/*'],
  ['infra.k8s.docs.listApiReference', 'GET /api'],
  ['infra.k8s.docs.explain', 'GET /api/:kind'],
  ['infra.k8s.templates.listTemplates', 'GET /templates'],
  ['infra.k8s.templates.getTemplate', 'GET /templates/:template'],
]

/** What no agent may even try: no tool. */
const DECISIONS = ['approve', 'deny', 'resolve'].map((word) => `infra.k8s.approvals.${word}`)
/** Its archive is a body of its own, which no message of MCP can carry. */
const UPLOAD = 'infra.k8s.helm.uploadChart'
const TOOLS = SURFACE.map(([name]) => name).filter((name) => !DECISIONS.includes(name) && name !== UPLOAD)
const isTool = ({ name }: { name: string }) => TOOLS.includes(name)

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
  'infra.k8s.diagnose.diagnose': ['namespace', 'allNamespaces', 'kind', 'name'],
  'infra.k8s.apply.diffManifest': ['yamlContent', 'namespace'],
  'infra.k8s.apply.applyManifest': ['yamlContent', 'namespace', 'force'],
  'infra.k8s.helm.listReleases': ['namespace', 'allNamespaces', 'status', 'labelSelector', 'limit', 'continue'],
  'infra.k8s.helm.installChart': ['name', 'chart', 'version', 'namespace', 'values'],
  'infra.k8s.helm.upgradeChart': ['chart', 'version', 'values', 'reuseValues'],
  'infra.k8s.helm.rollbackRelease': ['revision'],
  'infra.k8s.helm.uploadChart': ['archive'],
  'infra.k8s.helm.getRelease': ['revision', 'allValues', 'manifest'],
  'infra.k8s.helm.getReleaseHistory': ['limit', 'changes'],
  'infra.k8s.cluster.switchContext': ['contextName'],
  'infra.k8s.pods.createPod': ['image', 'command', 'env', 'ports', 'resources', 'pod'],
  'infra.k8s.pods.execInPod': ['command', 'container', 'stdin', 'timeoutSeconds'],
  'infra.k8s.deployments.undoRollout': ['toRevision'],
  'infra.k8s.nodes.cordonNode': ['cordon'],
  'infra.k8s.approvals.listApprovals': ['state', 'limit', 'continue'],
  'infra.k8s.approvals.getApproval': ['wait', 'since'],
  'infra.k8s.approvals.approve': ['digest', 'reason', 'confirm'],
  'infra.k8s.approvals.deny': ['reason'],
  'infra.k8s.approvals.resolve': ['outcome', 'reason'],
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

  test('has a change behind every page that is not fetched, but for what only looks or decides', () => {
    const others = pages.filter(({ method, operation }) => method !== 'GET' && operation.kind !== 'change')
    assert.deepEqual(
      others.map(({ operation }) => operation.name),
      [
        'infra.k8s.apply.diffManifest',
        UPLOAD,
        ...['approve', 'deny', 'cancelApproval', 'resolve'].map((word) => `infra.k8s.approvals.${word}`),
      ],
    )
    none(
      pages.filter(({ method, operation }) => method === 'GET' && operation.kind !== 'read').map(({ path }) => path),
      'fetched',
    )
  })

  test('lets a person alone approve, deny and resolve, by no door of an agent', () => {
    const decisions = operations.filter((each) => each.kind === 'decision')
    const people = decisions.filter(({ by }) => by === 'person')
    assert.deepEqual(
      people.map(({ name }) => name),
      DECISIONS,
    )
    for (const { name, doors } of people) assert.deepEqual(doors, ['rest', 'terminal'], name)
    assert.deepEqual(
      decisions.filter(({ by }) => by !== 'person').map(({ name }) => name),
      [UPLOAD, 'infra.k8s.approvals.cancelApproval'],
    )
  })

  test('has every parameter that the surface names, and a context wherever a cluster answers', () => {
    const ownState = ['getContexts', 'getCurrentContext', 'switchContext'].map((word) => `infra.k8s.cluster.${word}`)
    const missing = operations.flatMap((operation) => {
      const { name, input } = operation
      const own = ['search', 'listDocs', 'getDoc'].map((word) => `infra.k8s.docs.${word}`)
      const ownGroups = ['server', 'approvals', 'templates']
      const anywhere = ownGroups.includes(groupOf(operation)) || [...ownState, ...own, UPLOAD].includes(name)
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
        // What an approval of any change came to: each change declares its own.
        .filter((path) => !/^(approvals\[\]\.)?result$/.test(path))
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
    for (const { method, path, operation, fixed } of pages) {
      const page = at(body, 'paths', path.replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}'), method.toLowerCase())
      assert.deepEqual([at(page, 'summary'), at(page, 'description')], [operation.title, operation.description], path)
      const named = listAt(page, 'parameters').map((each) => textAt(each, 'name'))
      const inBody = keysAt(page, 'requestBody', 'content', 'application/json', 'schema', 'properties')
      const asked = Object.keys(operation.input.properties).filter(
        (name) => !(name in fixed) && name !== operation.gzipBody,
      )
      assert.deepEqual(new Set([...named, ...inBody]), new Set(asked), path)
      const statuses = operation.kind === 'change' ? ['200', '202', 'default'] : ['200', 'default']
      assert.deepEqual(keysAt(page, 'responses'), statuses, path)
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
      pages.map(({ method, path, operation }) => [
        method,
        path,
        operation.name,
        isTool(operation) ? wireName(operation.name) : undefined,
      ]),
    )
  })
})

suite('MCP', () => {
  const listed = async (t: TestContext, settings: Record<string, string>) => {
    const client = await (await startServer(t, { ...NO_CLUSTER, ...settings })).mcp()
    const { tools } = await client.listTools()
    return { client, tools, bytes: tools.reduce((sum, tool) => sum + bytesSeen(tool), 0) }
  }

  test('offers every operation but the decisions of people as a tool, under a name every client takes', async (t) => {
    const { tools } = await listed(t, { TOOLSETS: 'all' })
    assert.deepEqual(
      tools.map(({ _meta: meta }) => meta?.['k8s-mcp/operation']),
      TOOLS,
    )
    for (const { name } of tools) assert.match(name, /^[a-z][a-z0-9_]{2,39}$/)
    assert.equal(new Set(tools.map(({ name }) => name)).size, TOOLS.length)
  })

  test('hints what each tool does, and that a read does nothing', async (t) => {
    const { tools } = await listed(t, { TOOLSETS: 'all' })
    const byName = new Map<string, Operation>(operations.map((operation) => [operation.name, operation]))
    for (const { name, annotations, _meta: meta } of tools) {
      const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations ?? {}
      const operation = byName.get(textAt(meta, 'k8s-mcp/operation'))
      const { destructive, idempotent } =
        operation?.kind === 'change' ? operation.effect : { destructive: false, idempotent: operation?.kind === 'read' }
      assert.deepEqual(
        [readOnlyHint, destructiveHint, idempotentHint],
        [operation?.kind === 'read', destructive, idempotent],
        name,
      )
      assert.equal(typeof openWorldHint, 'boolean', name)
    }
  })

  test('hides every change where the server is read-only', async (t) => {
    const { tools } = await listed(t, { TOOLSETS: 'all', READ_ONLY: 'true' })
    const reads = operations.filter(({ kind }) => kind === 'read').map(({ name }) => wireName(name))
    assert.deepEqual(
      tools.map(({ name }) => name),
      reads,
    )
  })

  test('has no tool for the decision of a person, by any name', async (t) => {
    const { client } = await listed(t, { TOOLSETS: 'all' })
    for (const name of DECISIONS.flatMap((each) => [each, wireName(each), each.replace('infra.k8s.approvals.', '')]))
      await assert.rejects(client.callTool({ name, arguments: { id: 'x', digest: 'x' } }), /No tool|unknown/i)
  })

  test('costs a model at most 16 KB by default and 28 KB with everything', async (t) => {
    const [core, all] = [await listed(t, {}), await listed(t, { TOOLSETS: 'all' })]
    assert.ok(core.bytes <= 16 * KIB, `core has ${core.bytes} bytes`)
    assert.ok(all.bytes <= 28 * KIB, `all have ${all.bytes} bytes`)
    assert.ok(core.tools.length < all.tools.length)
  })

  test('calls every operation by its wire name and by its dotted name, listed or not', async (t) => {
    const { client } = await listed(t, {})
    for (const { name } of operations.filter(isTool))
      for (const each of [wireName(name), name]) {
        const answer = await client.callTool({ name: each, arguments: { nosuch: 1 } })
        assert.match(textAt(answer, 'content', 0, 'text'), /^bad_input: .*unknown parameter "nosuch"/, each)
      }
  })
})
