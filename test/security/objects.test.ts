import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Problem } from '../../src/errors.ts'
import { urlOf } from '../../src/kubernetes/api.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { answerOf } from '../support/lists.ts'
import { startRecorder } from '../support/recorder.ts'
import { startServer } from '../support/server.ts'
import { EVIL_KINDS, EVIL_NAMES, EVIL_PARAMETERS } from './evil-names.ts'
import { assertMeant, assertOwnParameters, assertUnambiguous, meantBy } from './paths.ts'

async function open(t: TestContext, cluster: TestCluster) {
  const namespace = await withNamespace(cluster)
  const recorder = await startRecorder(t, cluster, { namespace })
  const server = await startServer(t, { KUBECONFIG: recorder.kubeconfig })
  return { namespace, recorder, server }
}

test('no name gets through the request function but as one segment of the path', () => {
  const server = 'https://api.example.test/prefix'
  for (const name of [...EVIL_NAMES, ...EVIL_KINDS]) {
    const path = ['api', 'v1', 'namespaces', 'shop', 'pods', name.toWellFormed()]
    try {
      const { pathname } = urlOf(server, { path })
      assert.deepEqual(pathname.split('/').slice(2).map(decodeURIComponent), path)
      assertUnambiguous({ method: 'GET', path: pathname.replace('/prefix', ''), query: new URLSearchParams() })
    } catch (error) {
      assert.ok(error instanceof Problem && error.code === 'bad_input', String(error))
    }
  }
})

clusterTest('evil segments of a resource URI ask for nothing else', async (cluster, t) => {
  const { namespace, recorder, server } = await open(t, cluster)
  const client = await server.mcp()
  const read = (uri: string) => client.readResource({ uri }).catch(() => undefined)
  const templates: [evils: readonly string[], uri: (evil: string) => string][] = [
    [EVIL_PARAMETERS, (evil) => `k8s-mcp://cluster/${evil}/namespaces/${namespace}/pods/web`],
    [EVIL_NAMES, (evil) => `k8s-mcp://cluster/admin/namespaces/${evil}/pods/web`],
    [EVIL_KINDS, (evil) => `k8s-mcp://cluster/admin/namespaces/${namespace}/${evil}/web`],
    [EVIL_NAMES, (evil) => `k8s-mcp://cluster/admin/namespaces/${namespace}/pods/${evil}`],
    [EVIL_PARAMETERS, (evil) => `k8s-mcp://cluster/admin/nodes/${evil}`],
    [EVIL_KINDS, (evil) => `k8s-mcp://cluster/admin/${evil}/web`],
  ]
  for (const [evils, uri] of templates) {
    recorder.take()
    await read(uri('good'))
    const meant = meantBy(recorder.take(), 'good')
    await Promise.all(evils.map((evil) => read(uri(encodeURIComponent(evil.toWellFormed())))))
    assertMeant(recorder.take(), meant, evils)
    await Promise.all(evils.map((evil) => read(uri(evil))))
    recorder.take().forEach(assertUnambiguous)
  }
})

clusterTest('evil words in a completion ask for nothing else, and complete nothing', async (cluster, t) => {
  const { namespace, recorder, server } = await open(t, cluster)
  const client = await server.mcp()
  const uri = 'k8s-mcp://cluster/{context}/namespaces/{namespace}/{kind}/{name}'
  const complete = async (name: string, value: string, known: Record<string, string>) => {
    const ref = { type: 'ref/resource' as const, uri }
    const { completion } = await client.complete({ ref, argument: { name, value }, context: { arguments: known } })
    return completion.values
  }
  for (const evil of [...EVIL_NAMES, ...EVIL_KINDS]) {
    const found = await Promise.all([
      complete('name', '', { context: evil, namespace, kind: 'pods' }),
      complete('name', '', { context: 'admin', namespace: evil, kind: 'pods' }),
      complete('name', '', { context: 'admin', namespace, kind: evil }),
    ])
    assert.deepEqual(found, [[], [], []], evil)
  }
  for (const request of recorder.take()) {
    assertUnambiguous(request)
    assertOwnParameters(request)
    assert.match(request.path, /^\/(?:apis?$|api\/v1\/(?:namespaces\/[^/]+\/)?pods$)/)
  }
})

const MANIFEST = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'good' }, data: { a: 'b' } }
const MANIFESTS: Readonly<Record<string, (evil: string) => object>> = {
  name: (evil) => ({ ...MANIFEST, metadata: { name: evil } }),
  namespace: (evil) => ({ ...MANIFEST, metadata: { name: 'good', namespace: evil } }),
  kind: (evil) => ({ ...MANIFEST, kind: evil }),
  apiVersion: (evil) => ({ ...MANIFEST, apiVersion: evil }),
  group: (evil) => ({ ...MANIFEST, apiVersion: `${evil}/v1` }),
}

clusterTest('evil words in a manifest ask for nothing else', async (cluster, t) => {
  const { recorder, server } = await open(t, cluster)
  const diff = (manifest: object) =>
    server.rest('/cluster/diff', {
      method: 'POST',
      body: JSON.stringify(manifest),
      headers: { 'content-type': 'application/yaml' },
    })
  for (const manifestOf of Object.values(MANIFESTS)) {
    recorder.take()
    await diff(MANIFEST)
    await diff(manifestOf('good'))
    const meant = meantBy(recorder.take(), 'good')
    const evils = [...EVIL_NAMES, ...EVIL_KINDS]
    await Promise.all(evils.map((evil) => diff(manifestOf(evil))))
    assertMeant(recorder.take(), meant, [...evils, 'good'])
  }
})

clusterTest('owners that an object names are read by their own path or not at all', async (cluster, t) => {
  const { namespace, recorder, server } = await open(t, cluster)
  const owners = [
    ...EVIL_NAMES.map((evil) => ({ apiVersion: 'v1', kind: 'Pod', name: evil })),
    ...EVIL_KINDS.map((evil) => ({ apiVersion: 'v1', kind: evil, name: 'web' })),
    ...EVIL_KINDS.map((evil) => ({ apiVersion: `${evil.replaceAll('/', '')}/v1`, kind: 'Pod', name: 'web' })),
  ]
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const made = await Promise.all(
    owners.map(async (owner, index) => {
      // The garbage collector takes what has no owner, were it not for the finalizer.
      const finalizers = ['example.test/never']
      const metadata = { name: `owned-${index}`, finalizers, ownerReferences: [{ ...owner, uid: 'a' }] }
      return cluster.api.create(path, { metadata }).then(
        () => metadata.name,
        () => undefined,
      )
    }),
  )
  const names = made.filter((name) => name !== undefined)
  assert.ok(names.length > 90, `the API server took ${names.length}`)
  const described = await Promise.all(names.map((name) => answerOf(server, `/cluster/describe/cm/${name}`)))
  assert.deepEqual(
    described.map((each) => at(each, 'name')),
    names,
  )
  const arrived = recorder.take()
  arrived.forEach(assertUnambiguous)
  const own = new RegExp(`^/api/v1/namespaces/${namespace}/(pods/[^/]+|events|configmaps/owned-\\d+)$`)
  for (const request of arrived) assert.ok(/^\/apis?$/.test(request.path) || own.test(request.path), request.path)
})

// RBAC names are path segments, not DNS names (Kubernetes documentation, "Object Names and IDs").
const ODD_NAMES = ['system:node', 'a,b=c', 'with.dots:and-colons', 'Ümläut', 'a@b+c&d', "it's", 'a=b,type=Normal']

clusterTest('a name that Kubernetes allows reaches its own object, with its own events', async (cluster, t) => {
  const { recorder, server } = await open(t, cluster)
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
  for (const name of ODD_NAMES) {
    await cluster.api.ensure(roles, { metadata: { name }, rules: [] })
    const path = `clusterrole/${encodeURIComponent(name)}`
    assert.equal(textAt(await answerOf(server, `/cluster/resources/${path}`), 'object', 'metadata', 'name'), name)
    const described = await answerOf(server, `/cluster/describe/${path}`)
    assert.deepEqual([at(described, 'name'), listAt(described, 'limits')], [name, []])
    const listed = await answerOf(server, `/cluster/events?kind=clusterrole&name=${encodeURIComponent(name)}`)
    assert.deepEqual(listAt(listed, 'items'), [])
    const asked = recorder.take().filter(({ path: asks }) => asks.startsWith(roles))
    assert.deepEqual(
      new Set(asked.map(({ path: asks }) => decodeURIComponent(asks.slice(roles.length + 1)))),
      new Set([name]),
    )
  }
})
