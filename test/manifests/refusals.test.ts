import assert from 'node:assert/strict'
import { isRecord } from '../cluster/client.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { deployment, gate, serve } from './support.ts'

clusterTest('what the API server refuses is told with its object, and the others are tried', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  await cluster.api.create(`/api/v1/namespaces/${namespace}/resourcequotas`, {
    metadata: { name: 'few' },
    spec: { hard: { 'count/configmaps': '1' } },
  })
  const manifest = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: typed}, data: {a: true}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: unknown}, date: {a: b}}
---
{apiVersion: v1, kind: Service, metadata: {name: invalid}, spec: {ports: [{port: 99999}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: Upper_Case}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: nowhere, namespace: not-there-at-all}}
---
{apiVersion: v1, kind: Node, metadata: {name: a, namespace: here}}
---
{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: old}}
---
{apiVersion: v1, kind: Deploymint, metadata: {name: misspelt}}
---
{apiVersion: authorization.k8s.io/v1, kind: SelfSubjectAccessReview, metadata: {name: review}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: good}, data: {a: b}}
`
  const { summary, documents } = await site.diff(
    manifest.replaceAll('metadata: {name: typed}', `metadata: {name: typed, namespace: ${namespace}}`),
  )
  assert.equal(summary, '1 to create, 9 refused')
  const errors = documents.map(({ name, error }) => `${name} ${error?.code ?? 'ok'}: ${error?.message ?? ''}`)
  const expected = [
    /^typed invalid: It does not fit the schema of its kind: \.data\.a: expected string, got true$/,
    /^unknown invalid: It does not fit the schema of its kind: \.date: field not declared in schema$/,
    /^invalid invalid: Service "invalid" is invalid: \[spec\.ports\[0\]\.port: Invalid value: 99999: must be between 1 and 65535/,
    /^Upper_Case invalid: Service "Upper_Case" is invalid: metadata\.name: Invalid value: "Upper_Case"/,
    /^nowhere not_found: namespaces "not-there-at-all" not found$/,
    /^a bad_manifest: Node objects have no namespace, and this one names here\.$/,
    /^old unknown_kind: Context admin has no resource type "Ingress \(extensions\/v1beta1\)"\.$/,
    /^misspelt unknown_kind: /,
    /^review verb_not_supported: The API server does not offer get for SelfSubjectAccessReview\.$/,
    /^good ok: $/,
  ]
  for (const [index, pattern] of expected.entries()) assert.match(errors[index] ?? '', pattern)
  assert.equal(documents[6]?.error?.next, 'Did you mean "Ingress (networking.k8s.io/v1)"?')
  assert.equal(documents[7]?.error?.next, 'Did you mean "Deployment (apps/v1)"?')
})

clusterTest('what a policy forbids and a webhook does not answer is told in their words', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const group = '/apis/admissionregistration.k8s.io/v1'
  const here = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }
  const rule = (resource: string) => ({
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: [resource],
  })
  await cluster.api.create(`${group}/validatingadmissionpolicies`, {
    metadata: { name: namespace },
    spec: {
      matchConstraints: { ...here, resourceRules: [rule('configmaps')] },
      validations: [
        { expression: "'owner' in object.metadata.?labels.orValue({})", message: 'every ConfigMap needs an owner' },
      ],
    },
  })
  await cluster.api.create(`${group}/validatingadmissionpolicybindings`, {
    metadata: { name: namespace },
    spec: { policyName: namespace, validationActions: ['Deny'] },
  })
  const webhook = {
    ...here,
    name: 'guard.example.com',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    rules: [rule('services')],
    clientConfig: { url: 'https://127.0.0.1:1/' },
  }
  await cluster.api.create(`${group}/validatingwebhookconfigurations`, {
    metadata: { name: namespace },
    webhooks: [webhook],
  })
  t.after(async () => {
    await cluster.api.delete(`${group}/validatingwebhookconfigurations/${namespace}`)
    await cluster.api.delete(`${group}/validatingadmissionpolicybindings/${namespace}`)
    await cluster.api.delete(`${group}/validatingadmissionpolicies/${namespace}`)
  })
  const manifest =
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}'
  const refusals = async () =>
    (await site.diff(manifest, namespace)).documents.map(({ error }) => `${error?.code}: ${error?.message}`)
  for (let tries = 0; (await refusals()).some((each) => each.startsWith('undefined')); tries++)
    assert.ok(tries < 1_000, 'never refused')
  const [policy, hook] = await refusals()
  assert.match(
    policy ?? '',
    /^invalid: configmaps "a" is forbidden: ValidatingAdmissionPolicy '.*' with binding '.*' denied request: every ConfigMap needs an owner$/,
  )
  assert.match(hook ?? '', /^cluster_error: Internal error occurred: failed calling webhook "guard\.example\.com"/)
})

clusterTest('an object that may not be read is refused, and nothing of it is tried', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const watched = await gate(t, cluster, 'nobody')
  const site = await serve(t, watched.kubeconfig)
  const manifest =
    '{apiVersion: v1, kind: Secret, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Nothing, metadata: {name: b}}'
  const { documents } = await site.diff(manifest, namespace)
  assert.deepEqual(
    documents.map(({ error }) => error?.code),
    ['forbidden', 'unknown_kind'],
  )
  assert.match(
    documents[0]?.error?.message ?? '',
    /^secrets "a" is forbidden: User "nobody" cannot get resource "secrets"/,
  )
  assert.ok(watched.passed.every(({ method }) => method === 'GET'))
})

clusterTest('a field that may not change is told', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  await cluster.kubectl(['apply', `--namespace=${namespace}`, '--filename=-'], { input: deployment(2, 'shop/web:v1') })
  const diff = await site.one(deployment(2, 'shop/web:v1').replaceAll('app: web', 'app: other'), namespace)
  assert.deepEqual([diff.action, diff.error?.code], ['refused', 'invalid'])
  assert.match(diff.error?.message ?? '', /spec\.selector: Invalid value: .*: field is immutable/)
})

clusterTest('an unreachable cluster is told at once, for all objects together', async (cluster, t) => {
  const site = await serve(t, cluster.kubeconfig)
  const { status, body } = await site.answer('{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}', {
    query: 'context=unreachable',
  })
  assert.equal(status, 503)
  assert.ok(isRecord(body))
  assert.equal(body['code'], 'cluster_unavailable')
})
