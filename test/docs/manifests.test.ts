import assert from 'node:assert/strict'
import { parseAllDocuments } from 'yaml'
import { isKubernetesObject, type KubernetesObject } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { allPages, linksOf, type Page } from './pages.ts'

const STRICT = 'dryRun=All&fieldValidation=Strict'

const objectsOf = ({ blocks }: Page): KubernetesObject[] =>
  blocks
    .filter(({ language }) => language === 'yaml')
    .flatMap(({ text }) => parseAllDocuments(text))
    .map((document): unknown => document.toJS())
    .filter(isKubernetesObject)

/** A namespace that enforces the restricted standard. */
async function strictNamespace(cluster: TestCluster): Promise<string> {
  const name = await withNamespace(cluster)
  await cluster.api.merge(`/api/v1/namespaces/${name}`, {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  return name
}

/** Where objects of a kind are created. Throws where the API server does not serve the kind in that version. */
async function collectionOf({ api }: TestCluster, { apiVersion = '', kind }: KubernetesObject, namespace: string) {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const resources = listAt(await api.get(root), 'resources')
  const found = resources.find((each) => textAt(each, 'kind') === kind && !textAt(each, 'name').includes('/'))
  assert.ok(found !== undefined, `no ${kind} in ${apiVersion}`)
  const namespaced = at(found, 'namespaced') === true
  return { path: `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${textAt(found, 'name')}`, namespaced }
}

/** The pod that a workload would make: the API server refuses pods by the namespace's standard, not what makes them. */
function podOf(object: KubernetesObject): object | undefined {
  const template = at(object, 'spec', 'jobTemplate', 'spec', 'template') ?? at(object, 'spec', 'template')
  const metadata = { name: `${object.metadata.name}-pod` }
  return template === undefined ? undefined : { apiVersion: 'v1', kind: 'Pod', metadata, spec: at(template, 'spec') }
}

async function tryOut(cluster: TestCluster, namespace: string, object: KubernetesObject): Promise<void> {
  const { path, namespaced } = await collectionOf(cluster, object, namespace)
  // What has no namespace may be there already, under a name as likely as a page's.
  const own = namespaced ? { namespace } : { name: `${object.metadata.name}-${namespace}` }
  await cluster.api.create(`${path}?${STRICT}`, { ...object, metadata: { ...object.metadata, ...own } })
  const pod = podOf(object)
  if (pod !== undefined) await cluster.api.create(`/api/v1/namespaces/${namespace}/pods?${STRICT}`, pod)
}

clusterTest(
  'every object of a page passes a strict dry run, its pods under the restricted standard',
  async (cluster) => {
    const namespace = await strictNamespace(cluster)
    const objects = allPages.flatMap((page) => objectsOf(page).map((object) => ({ page, object })))
    assert.ok(objects.length > 20)
    const faults = await Promise.all(
      objects.map(({ page, object }) =>
        tryOut(cluster, namespace, object).then(
          () => [],
          (error: unknown) => [`${page.path}: ${object.kind} ${object.metadata.name}: ${String(error)}`],
        ),
      ),
    )
    assert.deepEqual(faults.flat(), [])
  },
)

/** Every kind that a cluster of this version serves. */
async function servedKinds({ api }: TestCluster): Promise<Set<string>> {
  const groups = listAt(await api.get('/apis'), 'groups').flatMap((group) => listAt(group, 'versions'))
  const roots = ['/api/v1', ...groups.map((version) => `/apis/${textAt(version, 'groupVersion')}`)]
  const lists = await Promise.all(roots.map((root) => api.get(root)))
  return new Set(lists.flatMap((list) => listAt(list, 'resources')).map((each) => textAt(each, 'kind')))
}

clusterTest('every kind that a page names or links to is served', async (cluster) => {
  const served = await servedKinds(cluster)
  const linked = (page: Page) => linksOf(page).flatMap((target) => /^\/api\/(\w+)$/.exec(target)?.[1] ?? [])
  const unknown = allPages.flatMap((page) =>
    [...page.kinds, ...linked(page)].filter((kind) => !served.has(kind)).map((kind) => `${page.path}: ${kind}`),
  )
  assert.deepEqual(unknown, [])
})
