import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { Problem } from '../../src/errors.ts'
import { parse as parseInput } from '../../src/operations/parse.ts'
import { patchResource } from '../../src/operations/resources/patch-resource.ts'
import { planPatch, type PatchQuestion } from '../../src/services/changes/patch.ts'
import type { Cluster } from '../../src/services/cluster.ts'
import { clusterOf } from '../changes/support.ts'
import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, textAt } from '../support/json.ts'
import { allPages } from './pages.ts'
import { curlsOf, readCurl } from './requests.ts'

const POD = 'containers: [{name: web, image: shop/web:1, command: [/x], resources: {requests: {cpu: 1m}}}]'

/** What the pages patch, as it is before: path of its kind, name, and the rest of it. `NS`: the namespace of the test. */
const BEFORE: readonly (readonly [kind: string, name: string, path: string, rest: string])[] = [
  ...['web', 'train'].map(
    (name) =>
      [
        'deployment',
        name,
        '/apis/apps/v1/namespaces/NS/deployments',
        `spec: {replicas: 0, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {nodeSelector: {disktype: ssd}, ${POD}}}}`,
      ] as const,
  ),
  ['service', 'web', '/api/v1/namespaces/NS/services', 'spec: {selector: {app: web}, ports: [{port: 80}]}'],
  ['pod', 'web', '/api/v1/namespaces/NS/pods', `metadata: {finalizers: [example.test/never]}\nspec: {${POD}}`],
  ['configmap', 'settings', '/api/v1/namespaces/NS/configmaps', 'metadata: {finalizers: [example.test/never]}'],
  ['resourcequota', 'small', '/api/v1/namespaces/NS/resourcequotas', 'spec: {hard: {pods: "9"}}'],
  [
    'hpa',
    'web',
    '/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers',
    'spec: {maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}',
  ],
  [
    'pvc',
    'data',
    '/api/v1/namespaces/NS/persistentvolumeclaims',
    'spec: {storageClassName: standard-NS, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}',
  ],
  [
    'job',
    'import',
    '/apis/batch/v1/namespaces/NS/jobs',
    `spec: {suspend: true, activeDeadlineSeconds: 60, template: {spec: {restartPolicy: Never, ${POD}}}}`,
  ],
  [
    'cronjob',
    'report',
    '/apis/batch/v1/namespaces/NS/cronjobs',
    `spec: {schedule: "0 0 1 1 *", suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, ${POD}}}}}}`,
  ],
  [
    'storageclass',
    'standard',
    '/apis/storage.k8s.io/v1/storageclasses',
    'provisioner: x.test\nallowVolumeExpansion: true',
  ],
  ['node', 'node1', '/api/v1/nodes', 'spec: {unschedulable: true}'],
]

// What has no namespace is shared with other tests: it gets a name of its own.
const nameOf = (name: string, path: string, namespace: string) =>
  path.includes('/NS/') ? name : `${name}-${namespace}`

async function createAll({ api }: TestCluster, namespace: string): Promise<void> {
  const shared = [...BEFORE].toSorted(([, , one], [, , other]) => one.length - other.length)
  for (const [, name, path, rest] of shared) {
    const object: unknown = parse(rest.replaceAll('NS', namespace))
    const metadata = at(object, 'metadata')
    const named = { ...(isRecord(metadata) ? metadata : {}), name: nameOf(name, path, namespace) }
    await api.create(path.replace('NS', namespace), { ...Object(object), metadata: named })
  }
  // Only a claim that has its volume may grow.
  const claim = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/data/status`
  await api.merge(claim, { status: { phase: 'Bound', capacity: { storage: '1Gi' } } })
}

/** The question that a request of a page asks, about the objects of this test. */
function questionOf(line: string, namespace: string): PatchQuestion {
  const { path, body = '' } = readCurl(line)
  const [, kind = '', name = ''] = /^\/cluster\/resources\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  const [, , where = ''] = BEFORE.find((each) => each[0] === kind && each[1] === name) ?? []
  assert.notEqual(where, '', `no ${kind} ${name} here`)
  const given: unknown = JSON.parse(body)
  assert.equal(textAt(given, 'namespace') === '', !where.includes('/NS/'), `the namespace of ${line}`)
  const own = where.includes('/NS/') ? { namespace } : {}
  const question = parseInput(patchResource, { ...Object(given), kind, name: nameOf(name, where, namespace), ...own })
  assert.ok(isQuestion(question), line)
  return question
}

const isQuestion = (input: unknown): input is PatchQuestion =>
  isRecord(input) && isRecord(input['patch']) && ['kind', 'name'].every((field) => typeof input[field] === 'string')

/** Whether the API server would change something. Throws its refusal. */
const changes = (caller: Cluster, question: PatchQuestion): Promise<boolean> =>
  planPatch(caller, question).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Problem && error.code === 'nothing_to_change') return false
      throw error
    },
  )

clusterTest('every patch that a page shows is one the API server takes', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await createAll(cluster, namespace)
  const caller = await clusterOf(t, cluster)
  const lines = allPages.flatMap((page) => curlsOf(page).filter((line) => line.includes('-X PATCH')))
  assert.ok(lines.length > 15)
  for (const line of lines) {
    const changed = await changes(caller, questionOf(line, namespace)).catch((error: unknown) =>
      assert.fail(`${line}: ${error instanceof Error ? error.message : String(error)}`),
    )
    // The deployments here are not paused.
    assert.equal(changed, !line.includes('"paused": false'), `nothing would change: ${line}`)
  }
})
