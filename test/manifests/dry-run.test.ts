import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { createReadStream } from 'node:fs'
import { isRecord } from '../cluster/client.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { deployment, gate, serve, told, versionOf } from './support.ts'

clusterTest('a manifest is diffed object by object, in its order, and nothing is written', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  await cluster.kubectl(
    ['apply', '--server-side', '--field-manager=k8s-mcp', `--namespace=${namespace}`, '--filename=-'],
    { input: deployment(2, 'shop/web:v1') },
  )
  const path = `/api/v1/namespaces/${namespace}`
  await cluster.api.create(`${path}/configmaps`, { metadata: { name: 'old' }, data: { a: 'b' } })
  const before = await versionOf(cluster, `${path}/configmaps/old`)
  const manifest = `${deployment(3, 'shop/web:v2', '      - {name: proxy, image: shop/proxy:v1}\n')}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: info}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: old}, data: {a: c}}
`
  const { documents, ...answer } = await site.diff(manifest, namespace)
  assert.deepEqual(answer, { context: 'admin', namespace, summary: '2 to create, 2 to change' })
  assert.deepEqual(
    documents.map(({ index, line, kind, name, action }) => [index, line, kind, name, action]),
    [
      [1, 2, 'Deployment', 'web', 'change'],
      [2, 18, 'ConfigMap', 'settings', 'create'],
      [3, 20, 'Service', 'web', 'create'],
      [4, 22, 'ConfigMap', 'old', 'change'],
    ],
  )
  const [changed, created, service, old] = documents
  assert.ok(changed !== undefined && created !== undefined && service !== undefined && old !== undefined)
  assert.deepEqual(told(changed).slice(0, 4), [
    'change spec.replicas 2 3',
    'change spec.template.spec.containers[app].image shop/web:v1 shop/web:v2',
    'add spec.template.spec.containers[proxy].name proxy',
    'add spec.template.spec.containers[proxy].image shop/proxy:v1',
  ])
  assert.deepEqual(told(created), ['add data {"level":"info"}'])
  assert.ok(told(service).includes('add spec.clusterIP <assigned>'), told(service).join('\n'))
  assert.deepEqual(told(old), ['change data.a b c'])
  assert.equal(await versionOf(cluster, `${path}/configmaps/old`), before)
  assert.equal(await versionOf(cluster, `${path}/configmaps/settings`), '')
})

clusterTest(
  'what is there already is unchanged, defaults of the API server and its own fields included',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const site = await serve(t, cluster.kubeconfig)
    await cluster.kubectl(['apply', `--namespace=${namespace}`, '--filename=-'], {
      input: deployment(2, 'shop/web:v1'),
    })
    const diff = await site.one(deployment(2, 'shop/web:v1'), namespace)
    assert.deepEqual([diff.action, diff.changes, diff.conflicts], ['unchanged', [], undefined])
  },
)

clusterTest('every request that could write is a dry run with strict validation', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const watched = await gate(t, cluster)
  const site = await serve(t, watched.kubeconfig)
  await cluster.kubectl(['apply', `--namespace=${namespace}`, '--filename=-'], { input: deployment(2, 'shop/web:v1') })
  await site.diff(
    `${deployment(3, 'shop/web:v2')}---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}`,
    namespace,
  )
  const writes = watched.passed.filter(({ method }) => method !== 'GET')
  assert.equal(writes.length, 3)
  for (const { method, path } of writes) {
    const { searchParams } = new URL(path, 'http://gate')
    assert.deepEqual(
      [method, searchParams.getAll('dryRun'), searchParams.get('fieldManager'), searchParams.get('fieldValidation')],
      ['PATCH', ['All'], 'k8s-mcp', 'Strict'],
    )
  }
  const log = createInterface(createReadStream(cluster.auditLog))
  let seen = 0
  for await (const line of log) {
    const event: unknown = JSON.parse(line)
    if (!isRecord(event) || event['userAgent'] !== 'k8s-mcp' || !String(event['requestURI']).includes(namespace))
      continue
    seen++
    assert.match(String(event['requestURI']), /[?&]dryRun=All/)
  }
  assert.equal(seen, 3)
})

clusterTest('two dry runs of an object that is not there yet tell the same', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const container = '{name: app, image: shop/app:v1}'
  const manifest = `
{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [${container}]}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {restartPolicy: Never, containers: [${container}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: a}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {type: NodePort, selector: {app: a}, ports: [{port: 80, nodePort: 31234}]}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {serviceName: a, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [${container}]}}}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}-more}}
`
  const first = await site.diff(manifest, namespace)
  assert.deepEqual(
    first.documents.map(({ action }) => action),
    Array.from({ length: 7 }, () => 'create'),
  )
  assert.deepEqual(await site.diff(manifest, namespace), first)
  const [pod, job, , given] = first.documents
  assert.ok(pod !== undefined && job !== undefined && given !== undefined)
  assert.match(told(pod).join('\n'), /volumes\[kube-api-access-<assigned>\]/)
  assert.match(told(job).join('\n'), /controller-uid['":\] ]+<assigned>/)
  assert.match(told(given).join('\n'), /31234/)
})

clusterTest(
  'conflicts with other field managers are named, and what a forced apply would do is shown',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const site = await serve(t, cluster.kubeconfig)
    await cluster.kubectl(
      ['apply', '--server-side', '--field-manager=helm', `--namespace=${namespace}`, '--filename=-'],
      { input: deployment(2, 'shop/web:v1') },
    )
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=5', `--namespace=${namespace}`])
    const diff = await site.one(deployment(3, 'shop/web:v2'), namespace)
    assert.equal(diff.action, 'change')
    assert.deepEqual(told(diff), [
      'change spec.replicas 5 3',
      'change spec.template.spec.containers[app].image shop/web:v1 shop/web:v2',
    ])
    assert.deepEqual(diff.conflicts, [
      { manager: 'helm', fields: ['.spec.template.spec.containers[name="app"].image'] },
      { manager: 'kubectl', fields: ['.spec.replicas'] },
    ])
    assert.match(
      await site.text(deployment(3, 'shop/web:v2'), namespace),
      /conflict: "kubectl" owns \.spec\.replicas; shown as if forced/,
    )
  },
)

clusterTest('warnings of the API server are shown', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const diff = await site.one(
    '{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {nodeSelector: {beta.kubernetes.io/os: linux}, containers: [{name: a, image: a}]}}',
    namespace,
  )
  assert.deepEqual(diff.warnings, [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ])
})

clusterTest(
  'a quota that is used up and a right that is missing are told as the API server tells them',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const site = await serve(t, cluster.kubeconfig)
    const configMap = '{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}'
    const { body } = await site.answer(configMap, { query: `context=viewer&namespace=${namespace}` })
    assert.ok(isRecord(body) && Array.isArray(body['documents']))
    assert.match(
      JSON.stringify(body['documents']),
      /"code":"forbidden","message":"configmaps \\"more\\" is forbidden: User \\"viewer\\" cannot patch resource/,
    )
    await cluster.api.create(`/api/v1/namespaces/${namespace}/resourcequotas`, {
      metadata: { name: 'none' },
      spec: { hard: { 'count/configmaps': '0' } },
    })
    const isUsedUp = async () =>
      /exceeded quota: none/.test((await site.one(configMap, namespace)).error?.message ?? '')
    for (let tries = 0; !(await isUsedUp()); tries++) assert.ok(tries < 200, 'the quota is never enforced')
  },
)

const crd = (group: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.${group}}
spec:
  group: ${group}
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer, maximum: 9}}}}}}
`
const widget = (group: string, size: number) =>
  `{apiVersion: ${group}/v1, kind: Widget, metadata: {name: w}, spec: {size: ${size}}}`

clusterTest('what needs a namespace or a kind of the same manifest is not tried, and says so', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const group = `${namespace}.example.com`
  const manifest = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: inside, namespace: ${namespace}-new}}
---
${widget(group, 3)}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}-new}}
---${crd(group)}---
{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: outside, namespace: ${namespace}}}
`
  const { summary, documents } = await site.diff(manifest)
  assert.equal(summary, '3 to create, 1 unchanged, 2 not dry-run')
  assert.deepEqual(
    documents.map(({ action }) => action),
    ['not-dry-run', 'not-dry-run', 'create', 'create', 'unchanged', 'create'],
  )
  assert.match(documents[0]?.notes?.join(' ') ?? '', /Its namespace \S+-new is made by the same manifest/)
  assert.match(
    documents[1]?.notes?.join(' ') ?? '',
    /Its kind is defined by a CustomResourceDefinition of the same manifest/,
  )
})

clusterTest('a kind that was defined a moment ago is tried against its schema', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const group = `${namespace}.example.com`
  await site.one(widget(group, 3), namespace)
  await cluster.kubectl(['apply', '--filename=-'], { input: crd(group) })
  await cluster.kubectl(['wait', '--for=condition=Established', `crd/widgets.${group}`])
  const settled = async () => {
    const diff = await site.one(widget(group, 3), namespace)
    return diff.action === 'create' ? diff : undefined
  }
  let diff = await settled()
  for (let tries = 0; diff === undefined; tries++) {
    assert.ok(tries < 500, 'the new kind is never known')
    diff = await settled()
  }
  assert.deepEqual(told(diff), ['add spec {"size":3}'])
  assert.match(
    (await site.one(widget(group, 30), namespace)).error?.message ?? '',
    /spec\.size: Invalid value: 30: .*should be less than or equal to 9/,
  )
  const { documents } = await site.diff(`${crd(group)}---\n${widget(group, 3)}`, namespace)
  assert.deepEqual(
    documents.map(({ action }) => action),
    ['unchanged', 'create'],
  )
  assert.match(documents[1]?.notes?.join(' ') ?? '', /tried as the cluster defines it now, not as the manifest does/)
})

clusterTest('an object that is being deleted is told as such', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  await cluster.api.create(path, { metadata: { name: 'going', finalizers: ['example.com/wait'] } })
  await cluster.api.delete(`${path}/going`)
  const diff = await site.one('{apiVersion: v1, kind: ConfigMap, metadata: {name: going}, data: {a: b}}', namespace)
  assert.match(diff.notes?.join(' ') ?? '', /It is being deleted/)
  await cluster.api.merge(`${path}/going`, { metadata: { finalizers: null } })
})

clusterTest('text of every kind reaches the API server as it was meant', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const values = {
    a: 'no',
    b: '0777',
    c: '1e3',
    d: 'x: y # z',
    e: '\u2028 \u2029 \u0085 \u007f \ufeff',
    f: '\u{1f600}',
    g: 'tab\tquote"back\\slash',
    h: ' spaces ',
    i: '',
    j: '!!str x',
    k: 'y',
  }
  await cluster.api.create(`/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'texts' }, data: values })
  const escaped = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'texts' },
    data: values,
  }).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
  assert.deepEqual(told(await site.one(escaped, namespace)), [])
})

clusterTest('many differences are cut, and the answer says how many are left out', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const data = Array.from(
    { length: 1_000 },
    (_, index) => `  key-${index}: the value of ${index} is long enough to fill the text`,
  ).join('\n')
  const manifest = Array.from(
    { length: 3 },
    (_, index) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big${index}}\ndata:\n${data}\n`,
  ).join('---\n')
  const { documents } = await site.diff(manifest, namespace)
  assert.deepEqual(
    documents.map(({ changes, cut }) => [changes.length, cut]),
    [
      [200, 800],
      [200, 800],
      [200, 800],
    ],
  )
  const text = await site.text(manifest, namespace)
  assert.ok(text.length <= 24_000)
  for (const index of [1, 2, 3])
    assert.match(
      text,
      new RegExp(`create ConfigMap \\S+ \\(object ${index}, .*(?:\\n  \\+ .*){100,}\\n  \\.\\.\\. 8\\d\\d more lines`),
    )
})
