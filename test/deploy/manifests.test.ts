import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { Settings } from '../../src/config.ts'
import { isKubernetesObject, isRecord, type KubernetesObject } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy')

const objectsIn = (yaml: string): KubernetesObject[] =>
  parseAllDocuments(yaml)
    .map((document): unknown => document.toJS())
    .filter(isKubernetesObject)

async function kustomized(cluster: TestCluster, folder: string): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(['kustomize', join(DEPLOY, folder)])
  assert.equal(code, 0, stderr)
  return stdout
}

async function rendered(cluster: TestCluster, ...values: string[]): Promise<string> {
  const args = ['template', 'k8s-mcp', join(DEPLOY, 'chart'), '-n', 'k8s-mcp']
  const { code, stdout, stderr } = await cluster.helm([...args, ...values.flatMap((each) => ['--set', each])])
  assert.equal(code, 0, stderr)
  return stdout
}

const keyOf = ({ kind, metadata }: KubernetesObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
const byKey = (objects: readonly KubernetesObject[]) =>
  new Map(objects.filter(({ kind }) => kind !== 'Namespace').map((each) => [keyOf(each), each]))

/** Objects with what the chart alone says left out. */
function withoutPull(object: KubernetesObject): unknown {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) => (key === 'imagePullPolicy' ? undefined : value))
}

clusterTest('the chart and kustomize make the same objects', async (cluster) => {
  const [plain, chart] = await Promise.all([kustomized(cluster, '.'), rendered(cluster)])
  const [one, other] = [byKey(objectsIn(plain)), byKey(objectsIn(chart))]
  assert.deepEqual([...one.keys()].toSorted(), [...other.keys()].toSorted())
  for (const [key, object] of one) {
    const same = other.get(key)
    assert.ok(same !== undefined)
    assert.deepEqual(withoutPull(same), withoutPull(object), key)
  }
})

clusterTest('with HTTPS, and with rights in namespaces, they are the same too', async (cluster) => {
  const parts = await Promise.all(['tls', 'helm'].map((folder) => kustomized(cluster, folder)))
  const chart = await rendered(cluster, 'tls.secretName=k8s-mcp-tls', 'helm.namespaces={default}')
  const [one, other] = [byKey(parts.flatMap(objectsIn)), byKey(objectsIn(chart))]
  assert.deepEqual([...one.keys()].toSorted(), [...other.keys()].toSorted())
  for (const [key, object] of one) {
    if (object.kind === 'Deployment') continue
    assert.deepEqual(other.get(key), object, key)
  }
  for (const map of [one, other]) {
    const container: unknown = listAt(
      map.get('Deployment k8s-mcp/k8s-mcp'),
      'spec',
      'template',
      'spec',
      'containers',
    )[0]
    const names = listAt(container, 'env').map((each) => textAt(each, 'name'))
    assert.ok(names.includes('TLS_CERT') && names.includes('TLS_KEY') && !names.includes('INSECURE_HTTP'))
    assert.equal(textAt(container, 'readinessProbe', 'httpGet', 'scheme'), 'HTTPS')
  }
})

clusterTest(
  'the API server takes every object, strictly, in a namespace that enforces Pod Security restricted',
  async (cluster) => {
    // Forced: another test applies the same objects in the same cluster.
    for (const folder of ['.', 'operator', 'helm', 'tls']) {
      const input = await kustomized(cluster, folder)
      const { code, stderr } = await cluster.kubectl(
        ['apply', '--server-side', '--force-conflicts', '--validate=strict', '-f', '-'],
        {
          input,
        },
      )
      assert.equal(code, 0, stderr)
      assert.doesNotMatch(stderr, /would violate PodSecurity|unknown field/)
    }
    const namespace = await cluster.api.get('/api/v1/namespaces/k8s-mcp')
    assert.equal(textAt(namespace, 'metadata', 'labels', 'pod-security.kubernetes.io/enforce'), 'restricted')
  },
)

clusterTest('a pod of the Deployment is admitted', async (cluster) => {
  const [deployment] = objectsIn(await kustomized(cluster, '.')).filter(({ kind }) => kind === 'Deployment')
  const template = at(deployment, 'spec', 'template')
  assert.ok(isRecord(template))
  const pod = { ...template, apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'k8s-mcp-' } }
  await cluster.kubectl(['apply', '-k', DEPLOY])
  await cluster.api.create('/api/v1/namespaces/k8s-mcp/pods?dryRun=All&fieldValidation=Strict', pod)
})

clusterTest('what the manifests set are settings of ours, and the image is of this version', async (cluster) => {
  const [deployment] = objectsIn(await kustomized(cluster, '.')).filter(({ kind }) => kind === 'Deployment')
  const container: unknown = listAt(deployment, 'spec', 'template', 'spec', 'containers')[0]
  for (const each of listAt(container, 'env'))
    assert.ok(textAt(each, 'name') in Settings.properties, textAt(each, 'name'))
  const { version }: { version: string } = JSON.parse(readFileSync(join(DEPLOY, '..', 'package.json'), 'utf8'))
  assert.equal(textAt(container, 'image'), `k8s-mcp:${version}`)
})

clusterTest('the chart refuses values that it does not know', async (cluster) => {
  const args = ['template', 'k8s-mcp', join(DEPLOY, 'chart'), '--set', 'operator.namespaces={Shop}']
  const { code, stderr } = await cluster.helm(args)
  assert.notEqual(code, 0)
  assert.match(stderr, /operator/)
})
