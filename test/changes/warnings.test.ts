import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { type Effect, NO_BLAST } from '../../src/services/changes/compose.ts'
import { semanticHash } from '../../src/services/changes/hash.ts'
import { isMutable } from '../../src/services/changes/pod-findings.ts'
import { selects } from '../../src/services/changes/selectors.ts'
import { mergePatchBetween } from '../../src/services/changes/undo.ts'
import { warningsOf } from '../../src/services/changes/warnings.ts'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import { planCreatePod } from '../../src/services/changes/create-pod.ts'
import { planPatch } from '../../src/services/changes/patch.ts'
import { planDeleteResource } from '../../src/services/changes/delete.ts'
import { planScale } from '../../src/services/changes/scale.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { clusterOf, deploy } from './support.ts'

const object = (kind: string, fields: object = {}, apiVersion = 'v1', metadata: object = {}): KubeObject => ({
  apiVersion,
  kind,
  ...fields,
  metadata: { name: 'it', namespace: 'shop', ...metadata },
})
const deployment = (fields: object = {}, metadata: object = {}) => object('Deployment', fields, 'apps/v1', metadata)

function codes(effect: Partial<Effect>, own: readonly string[] = []): string[] {
  const whole = {
    action: 'change' as const,
    rows: [],
    dryRun: true,
    type: { kind: '', group: '', namespaced: true },
    ...effect,
  }
  return warningsOf([whole], NO_BLAST, { namespaces: own }).map(({ code }) => code)
}

const owner = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }],
}

test('a pod without a controller is warned of, unless it has one or has ended', () => {
  const action = 'delete'
  assert.deepEqual(codes({ action, before: object('Pod') }), ['unowned_pod'])
  assert.deepEqual(codes({ action, before: object('Pod', {}, 'v1', owner) }), [])
  assert.deepEqual(codes({ action, before: object('Pod', { status: { phase: 'Succeeded' } }) }), [])
  assert.deepEqual(codes({ action, before: object('ConfigMap') }), [])
})

test('zero replicas are warned of, unless there were none, or some are left', () => {
  const of = (replicas: number | undefined) => deployment({ spec: { replicas } })
  assert.deepEqual(codes({ before: of(2), after: of(0) }), ['replicas_to_zero'])
  assert.deepEqual(codes({ before: of(undefined), after: of(0) }), ['replicas_to_zero'])
  assert.deepEqual(codes({ before: of(0), after: of(0) }), [])
  assert.deepEqual(codes({ before: of(2), after: of(1) }), [])
})

test('a budget that allows nothing is warned of, unless it allows something or no pod goes', () => {
  const of = (disruptionsAllowed: number, podsGone = 1) =>
    warningsOf(
      [],
      { ...NO_BLAST, podsGone, budgets: [{ name: 'shop/web', disruptionsAllowed }] },
      { namespaces: [] },
    ).map(({ code }) => code)
  assert.deepEqual(of(0), ['budget_exhausted'])
  assert.deepEqual(of(1), [])
  assert.deepEqual(of(0, 0), [])
})

test('objects of Helm, Argo CD and Flux are warned of, others with labels are not', () => {
  const of = (labels: object, annotations: object = {}) => codes({ before: deployment({}, { labels, annotations }) })
  assert.deepEqual(of({ 'app.kubernetes.io/managed-by': 'Helm' }), ['managed_by_helm'])
  assert.deepEqual(of({}, { 'meta.helm.sh/release-name': 'web' }), ['managed_by_helm'])
  assert.deepEqual(of({ 'argocd.argoproj.io/instance': 'web' }), ['managed_by_argo'])
  assert.deepEqual(of({}, { 'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:shop/web' }), ['managed_by_argo'])
  assert.deepEqual(of({ 'kustomize.toolkit.fluxcd.io/name': 'web' }), ['managed_by_flux'])
  assert.deepEqual(of({ 'helm.toolkit.fluxcd.io/name': 'web' }), ['managed_by_flux'])
  assert.deepEqual(
    of({ 'app.kubernetes.io/managed-by': 'Helmut', 'app.kubernetes.io/name': 'argocd' }, { note: 'flux' }),
    [],
  )
})

const podOf = (container: object, spec: object = {}) => ({
  spec: { template: { spec: { ...spec, containers: [{ name: 'app', image: 'shop/app:v1.0', ...container }] } } },
})
const brought = (container: object, spec: object = {}) =>
  codes({ action: 'create', after: deployment(podOf(container, spec)) })

test('what has the run of its node is warned of, what has not is not', () => {
  assert.deepEqual(brought({ securityContext: { privileged: true } }), ['privileged_pod'])
  assert.deepEqual(brought({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }), ['privileged_pod'])
  assert.deepEqual(brought({}, { hostPID: true }), ['privileged_pod'])
  assert.deepEqual(
    brought({}, { initContainers: [{ name: 'init', image: 'a/b:v1.0', securityContext: { privileged: true } }] }),
    ['privileged_pod'],
  )
  assert.deepEqual(
    brought(
      { securityContext: { privileged: false, capabilities: { add: ['CHOWN'], drop: ['ALL'] } } },
      { hostPID: false },
    ),
    [],
  )
})

test('a path of the node is warned of, other volumes are not', () => {
  assert.deepEqual(brought({}, { volumes: [{ name: 'docker', hostPath: { path: '/var/run' } }] }), ['host_path'])
  assert.deepEqual(brought({}, { volumes: [{ name: 'tmp', emptyDir: {} }] }), [])
  const job = object(
    'CronJob',
    { spec: { jobTemplate: { spec: podOf({}, { volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] }).spec } } },
    'batch/v1',
  )
  assert.deepEqual(codes({ action: 'create', after: job }), ['host_path'])
})

test('a tag that can move is warned of, a version or digest is not', () => {
  assert.deepEqual(brought({ image: 'shop/app:latest' }), ['mutable_tag'])
  assert.deepEqual(brought({ image: 'shop/app:v1.2.3' }), [])
  for (const image of ['app', 'app:latest', 'app:1', 'app:main', 'host:5000/app', 'host:5000/app:stable'])
    assert.ok(isMutable(image), image)
  for (const image of [
    'app:1.2',
    'app:v1.2.3-rc1',
    'host:5000/app:1.0.0',
    'app:main-3f2a9bc',
    `app@sha256:${'a'.repeat(64)}`,
  ])
    assert.ok(!isMutable(image), image)
})

test('what a pod could do before the change is no news', () => {
  const was = deployment(podOf({ image: 'shop/app:latest', securityContext: { privileged: true } }))
  assert.deepEqual(codes({ before: was, after: was }), [])
  const more = deployment(
    podOf({ image: 'shop/app:latest', securityContext: { privileged: true } }, { hostNetwork: true }),
  )
  assert.deepEqual(codes({ before: was, after: more }), ['privileged_pod'])
})

test('access, admission, kinds and namespaces are warned of, and what belongs to none', () => {
  const clusterWide = { type: { kind: '', group: '', namespaced: false } }
  assert.deepEqual(codes({ before: object('RoleBinding', {}, 'rbac.authorization.k8s.io/v1') }), ['rbac_change'])
  assert.deepEqual(codes({ ...clusterWide, before: object('ClusterRole', {}, 'rbac.authorization.k8s.io/v1') }), [
    'cluster_scoped',
    'rbac_change',
  ])
  assert.deepEqual(
    codes({ ...clusterWide, before: object('ValidatingWebhookConfiguration', {}, 'admissionregistration.k8s.io/v1') }),
    ['cluster_scoped', 'webhook_change'],
  )
  assert.deepEqual(
    codes({ ...clusterWide, before: object('CustomResourceDefinition', {}, 'apiextensions.k8s.io/v1') }),
    ['cluster_scoped', 'crd_change'],
  )
  assert.deepEqual(codes({ ...clusterWide, before: object('Namespace') }), ['cluster_scoped', 'namespace_change'])
  assert.deepEqual(codes({ before: object('ConfigMap') }), [])
  assert.deepEqual(codes({ before: object('Namespace', {}, 'other.example/v1') }), [])
})

test('fields taken from another manager are warned of with its name, our own are not', () => {
  const of = (manager: string) =>
    warningsOf(
      [
        {
          action: 'change',
          rows: [],
          dryRun: true,
          type: { kind: '', group: '', namespaced: true },
          before: deployment(),
          conflicts: [{ manager, fields: ['.spec.replicas'] }],
        },
      ],
      NO_BLAST,
      { namespaces: [] },
    )
  assert.match(of('argocd')[0]?.text ?? '', /"argocd".*\.spec\.replicas/)
  assert.deepEqual([of('k8s-mcp'), of('k8s-mcp-1234')], [[], []])
  assert.equal(of('k8s-mcpx').length, 1)
})

test('this server, its namespace and what is in it are warned of, others are not', () => {
  assert.deepEqual(codes({ before: object('ConfigMap') }, ['shop']), ['own_server'])
  assert.deepEqual(codes({ before: object('Namespace', {}, 'v1', { name: 'ops', namespace: undefined }) }, ['ops']), [
    'namespace_change',
    'own_server',
  ])
  assert.deepEqual(codes({ before: deployment({}, { labels: { 'app.kubernetes.io/name': 'k8s-mcp' } }) }), [
    'own_server',
  ])
  assert.deepEqual(codes({ before: object('ConfigMap') }, ['ops']), [])
})

clusterTest('the warnings are in the plans of real objects', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const hold = await clusterOf(t, cluster)
  await deploy(cluster, namespace, 'web', 1, { labels: { 'app.kubernetes.io/managed-by': 'Helm' } })
  const own = { own: { namespaces: [namespace] } }
  const scale = await planScale(hold, { namespace, name: 'web', replicas: 2 }, own)
  assert.deepEqual(
    [scale.warnings.map(({ code }) => code), scale.risk],
    [['managed_by_helm', 'own_server'], 'critical'],
  )
  const pod = `{apiVersion: v1, kind: Pod, metadata: {name: mighty}, spec: {hostNetwork: true, volumes: [{name: root, hostPath: {path: /}}], containers: [{name: app, image: busybox, securityContext: {privileged: true}}]}}`
  const role = `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader}, rules: []}`
  const plan = await planApply(hold, { yamlContent: `${pod}\n---\n${role}`, namespace })
  assert.deepEqual(
    [...new Set(plan.warnings.map(({ code }) => code))],
    ['privileged_pod', 'host_path', 'mutable_tag', 'rbac_change'],
  )
  const gone = await planDeleteResource(hold, { kind: 'namespace', name: namespace }, own)
  assert.deepEqual(
    gone.warnings.map(({ code }) => code),
    ['cluster_scoped', 'namespace_change', 'own_server'],
  )
})

clusterTest(
  'a warning is given whatever change it comes from, and stays away where there is no reason',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const hold = await clusterOf(t, cluster)
    await deploy(cluster, namespace, 'web', 1)
    const codesOf = ({ warnings }: { warnings: { code: string }[] }) => [...new Set(warnings.map(({ code }) => code))]
    const patched = async (patch: Record<string, unknown>) =>
      codesOf(await planPatch(hold, { kind: 'deploy', namespace, name: 'web', patch }))
    const container = (more: object) => ({ spec: { template: { spec: { containers: [{ name: 'app', ...more }] } } } })
    assert.deepEqual(await patched({ spec: { replicas: 0 } }), ['replicas_to_zero'])
    assert.deepEqual(await patched({ spec: { replicas: 2 } }), [])
    assert.deepEqual(await patched(container({ image: 'shop/app:latest' })), ['mutable_tag'])
    assert.deepEqual(await patched(container({ image: 'shop/app:v2.0' })), [])
    assert.deepEqual(await patched(container({ securityContext: { privileged: true } })), ['privileged_pod'])
    assert.deepEqual(await patched(container({ securityContext: { readOnlyRootFilesystem: true } })), [])
    const pod = (spec: object) =>
      planCreatePod(hold, {
        namespace,
        name: 'tool',
        pod: { spec: { containers: [{ name: 'app', image: 'shop/app:v1.0' }], ...spec } },
      })
    assert.deepEqual(codesOf(await pod({ volumes: [{ name: 'root', hostPath: { path: '/' } }] })), ['host_path'])
    assert.deepEqual(codesOf(await pod({ volumes: [{ name: 'tmp', emptyDir: {} }] })), [])
    const role = `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: ${namespace}}, rules: []}`
    assert.deepEqual(codesOf(await planApply(hold, { yamlContent: role })), ['cluster_scoped', 'rbac_change'])
    const hook = `{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: ${namespace}}, webhooks: []}`
    assert.deepEqual(codesOf(await planApply(hold, { yamlContent: hook })), ['cluster_scoped', 'webhook_change'])
    const map = '{apiVersion: v1, kind: ConfigMap, metadata: {name: own}}'
    assert.deepEqual(
      codesOf(await planApply(hold, { yamlContent: map, namespace }, { own: { namespaces: [namespace] } })),
      ['own_server'],
    )
    assert.deepEqual(
      codesOf(await planApply(hold, { yamlContent: map, namespace }, { own: { namespaces: ['ops'] } })),
      [],
    )
    for (const [code, metadata] of [
      ['managed_by_helm', { annotations: { 'meta.helm.sh/release-name': 'web' } }],
      ['managed_by_argo', { annotations: { 'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:shop/web' } }],
      ['managed_by_flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'web' } }],
    ] as const) {
      await cluster.api.merge(`/apis/apps/v1/namespaces/${namespace}/deployments/web`, { metadata })
      assert.ok((await patched({ spec: { replicas: 2 } })).includes(code))
    }
  },
)

test('the hash is of what an object means, and tells nothing of secrets', () => {
  const plain = deployment({ spec: { replicas: 1, paused: false } }, { uid: 'u' })
  const hash = semanticHash(plain)
  const noise = {
    ...plain,
    metadata: {
      ...plain.metadata,
      resourceVersion: '9',
      generation: 3,
      managedFields: [{}],
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
    status: { replicas: 1 },
  }
  assert.equal(semanticHash(noise), hash)
  assert.equal(semanticHash({ ...plain, spec: { paused: false, replicas: 1 } }), hash)
  assert.notEqual(semanticHash({ ...plain, spec: { replicas: 2, paused: false } }), hash)
  assert.notEqual(semanticHash({ ...plain, metadata: { ...plain.metadata, labels: { a: 'b' } } }), hash)
  const secret = (value: string, resourceVersion: string) =>
    semanticHash(object('Secret', { data: { password: value } }, 'v1', { resourceVersion }))
  assert.equal(secret('aHVudGVyMg==', '5'), secret('aHVudGVyMw==', '5'))
  assert.notEqual(secret('aHVudGVyMg==', '5'), secret('aHVudGVyMg==', '6'))
  const node = (key: string) => object('Node', { spec: { taints: [{ key, effect: 'NoSchedule' }] } })
  assert.equal(semanticHash(node('node.kubernetes.io/unschedulable')), semanticHash(object('Node', { spec: {} })))
  const ttl = object('Node', { spec: {} }, 'v1', { annotations: { 'node.alpha.kubernetes.io/ttl': '15' } })
  assert.equal(semanticHash(ttl), semanticHash(object('Node', { spec: {} })))
  assert.notEqual(semanticHash(node('dedicated')), semanticHash(object('Node', { spec: {} })))
})

test('a label selector selects as the API server selects', () => {
  const labels = { app: 'web', tier: 'front' }
  const expression = (operator: string, key: string, values: string[] = []) =>
    selects({ matchExpressions: [{ key, operator, values }] }, labels)
  assert.deepEqual([selects({}, labels), selects(undefined, labels)], [true, false])
  assert.deepEqual(
    [selects({ matchLabels: { app: 'web' } }, labels), selects({ matchLabels: { app: 'api' } }, labels)],
    [true, false],
  )
  assert.deepEqual(
    [expression('In', 'app', ['web']), expression('NotIn', 'app', ['web']), expression('NotIn', 'none', ['x'])],
    [true, false, true],
  )
  assert.deepEqual(
    [expression('Exists', 'tier'), expression('DoesNotExist', 'tier'), expression('Odd', 'tier')],
    [true, false, false],
  )
})

test('a merge patch makes the one of the other', () => {
  const [from, to] = [
    { a: 1, b: { c: [1, 2], d: 'x' }, e: 1 },
    { a: 1, b: { c: [2], f: 'y' } },
  ]
  assert.deepEqual(mergePatchBetween(from, to), { b: { c: [2], d: null, f: 'y' }, e: null })
  assert.equal(mergePatchBetween(from, from), undefined)
})
