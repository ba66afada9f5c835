import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { issue } from '../cluster/certificates.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { type Ends, serve } from './support.ts'

interface Extension {
  group: string
  /** `METHOD url` of what reached it, but for discovery and OpenAPI. */
  seen: string[]
}

/** An API server of its own behind the aggregation layer, with one kind, Gadget. `parameters`: what its OpenAPI says patch takes. */
async function extend(
  ends: Ends,
  cluster: TestCluster,
  namespace: string,
  parameters: readonly string[],
): Promise<Extension> {
  const group = `${namespace}.example.com`
  const seen: string[] = []
  const gadget = { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'g', namespace } }
  const resources = [
    { name: 'gadgets', singularName: 'gadget', namespaced: true, kind: 'Gadget', verbs: ['get', 'patch', 'list'] },
  ]
  const operation = { responses: {}, 'x-kubernetes-group-version-kind': { group, version: 'v1', kind: 'Gadget' } }
  const path = {
    parameters: [{ name: 'pretty', in: 'query' }],
    get: operation,
    patch: { ...operation, parameters: parameters.map((name) => ({ name, in: 'query' })) },
  }
  const openApi = {
    openapi: '3.0.0',
    info: { title: 'x', version: '1' },
    paths: { [`/apis/${group}/v1/namespaces/{namespace}/gadgets/{name}`]: path },
  }
  const answers: Readonly<Record<string, object>> = {
    [`/apis/${group}/v1`]: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/v1`, resources },
    '/openapi/v3': {
      paths: { [`apis/${group}/v1`]: { serverRelativeURL: `/openapi/v3/apis/${group}/v1?hash=${parameters.length}` } },
    },
    [`/openapi/v3/apis/${group}/v1`]: openApi,
  }
  const { certificate: cert, key } = issue(cluster.authority, {
    commonName: 'extension',
    usage: 'server',
    names: ['localhost'],
  })
  const server = createServer({ cert, key }, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'https://extension')
    const answer = answers[pathname] ?? (pathname.includes('/gadgets') ? gadget : undefined)
    if (pathname.includes('/gadgets')) seen.push(`${request.method} ${request.url}`)
    request.resume()
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  await cluster.api.create(`/api/v1/namespaces/${namespace}/services`, {
    metadata: { name: 'extension' },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  })
  const services = '/apis/apiregistration.k8s.io/v1/apiservices'
  await cluster.api.create(services, {
    metadata: { name: `v1.${group}` },
    spec: {
      group,
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace, name: 'extension', port: address.port },
    },
  })
  ends.after(async () => {
    await cluster.api.delete(`${services}/v1.${group}`)
    server.closeAllConnections()
    server.close()
  })
  return { group, seen }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 200) throw new Error(`${what}: not within 20 s`)
    await delay(100)
  }
}

const manifest = (group: string) => `{apiVersion: ${group}/v1, kind: Gadget, metadata: {name: g}, spec: {size: 3}}`

clusterTest(
  'nothing is sent to an API server that does not say it knows dry runs: it would write',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const { group, seen } = await extend(t, cluster, namespace, ['fieldManager'])
    const site = await serve(t, cluster.kubeconfig)
    await until(
      'the kind is known',
      async () => (await site.one(manifest(group), namespace)).error?.code !== 'unknown_kind',
    )
    await until('its OpenAPI is there', () => cluster.api.answers(`/openapi/v3/apis/${group}/v1`))
    const diff = await site.one(manifest(group), namespace)
    assert.deepEqual(
      [diff.action, diff.notes],
      [
        'not-dry-run',
        [`The API server behind ${group}/v1 does not say that it knows dry runs, so nothing was sent to it.`],
      ],
    )
    assert.deepEqual(seen, [])
  },
)

clusterTest('an API server of its own that knows dry runs is asked for one', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const { group, seen } = await extend(t, cluster, namespace, ['dryRun', 'fieldManager'])
  const site = await serve(t, cluster.kubeconfig)
  await until('the kind is tried', async () => (await site.one(manifest(group), namespace)).action === 'unchanged')
  const [read, write] = seen
  assert.match(read ?? '', /^GET /)
  assert.match(write ?? '', /^PATCH .*[?&]dryRun=All/)
})
