import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { gate, type Passed, serve, told } from './support.ts'

// Whoever may ask for a diff must not learn by it whether a guess of a secret is right: not from what it says, not from what it sends,
// not from how many requests it takes (security.md 3).

const base64 = (text: string) => Buffer.from(text).toString('base64')
const json = JSON.stringify

interface Shape {
  what: string
  /** The object with a value where its secret is. */
  object: (value: string) => Record<string, unknown>
  /** Only `set`, nothing about what it was. */
  set: readonly string[]
  action?: 'refused'
}

const workload = (spec: object) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'shop/web:v1', ...spec }] },
})
const password = (value: string) => ({
  env: [
    { name: 'LOG', value: 'info' },
    { name: 'DB_PASSWORD', value },
  ],
})
const named = (apiVersion: string, kind: string, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'guessed', ...more },
})

const SHAPES: readonly Shape[] = [
  {
    what: 'a Secret',
    object: (value) => ({ ...named('v1', 'Secret'), data: { pin: base64(value) } }),
    set: ['set data.pin'],
  },
  {
    what: 'the stringData of a Secret',
    object: (value) => ({ ...named('v1', 'Secret'), stringData: { pin: value } }),
    set: ['set data.pin'],
  },
  {
    what: 'an immutable Secret',
    object: (value) => ({ ...named('v1', 'Secret'), immutable: true, data: { pin: base64(value) } }),
    set: [],
    action: 'refused',
  },
  {
    what: 'a certificate',
    object: (value) => ({
      ...named('v1', 'Secret'),
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(value), 'tls.key': base64(value) },
    }),
    set: ["set data['tls.crt']", "set data['tls.key']"],
  },
  {
    what: 'a registry login',
    object: (value) => ({
      ...named('v1', 'Secret'),
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': base64(json({ auths: { 'r.example': { auth: base64(`u:${value}`) } } })) },
    }),
    set: ["set data['.dockerconfigjson']"],
  },
  {
    what: 'a Helm release',
    object: (value) => ({
      ...named('v1', 'Secret', { labels: { owner: 'helm' } }),
      type: 'helm.sh/release.v1',
      data: { release: base64(value) },
    }),
    set: ['set data.release'],
  },
  {
    what: 'the environment of a Deployment',
    object: (value) => ({
      ...named('apps/v1', 'Deployment'),
      spec: { selector: { matchLabels: { app: 'web' } }, template: workload(password(value)) },
    }),
    set: ['set spec.template.spec.containers[app].env[DB_PASSWORD].value'],
  },
  {
    what: 'the environment of a Job, which may not change',
    object: (value) => {
      const { metadata, spec } = workload(password(value))
      return {
        ...named('batch/v1', 'Job'),
        spec: { suspend: true, template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } },
      }
    },
    set: ['set spec.template.spec.containers[app].env[DB_PASSWORD].value'],
  },
  {
    what: 'the environment of a Pod, which may not change',
    object: (value) => ({
      ...named('v1', 'Pod'),
      spec: { nodeSelector: { none: 'such' }, ...workload(password(value)).spec },
    }),
    set: ['set spec.containers[app].env[DB_PASSWORD].value'],
  },
  {
    what: 'the arguments of a Deployment',
    object: (value) => ({
      ...named('apps/v1', 'Deployment'),
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: workload({ args: ['--verbose', `--password=${value}`] }),
      },
    }),
    set: ['set spec.template.spec.containers[app].args[1]'],
  },
  {
    what: 'a file in a ConfigMap',
    object: (value) => ({ ...named('v1', 'ConfigMap'), data: { 'app.properties': `user=web\npassword=${value}\n` } }),
    set: ["set data['app.properties']"],
  },
  {
    what: 'a file in an immutable ConfigMap',
    object: (value) => ({
      ...named('v1', 'ConfigMap'),
      immutable: true,
      data: { 'app.properties': `user=web\npassword=${value}\n` },
    }),
    set: [],
    action: 'refused',
  },
  {
    what: 'a ConfigMap under the name of a secret',
    object: (value) => ({ ...named('v1', 'ConfigMap'), data: { 'db-password': value } }),
    set: ['set data.db-password'],
  },
  {
    what: 'an annotation',
    object: (value) => ({ ...named('v1', 'ConfigMap', { annotations: { 'example.com/api-token': value } }) }),
    set: ["set metadata.annotations['example.com/api-token']"],
  },
]

const paths: Readonly<Record<string, string>> = {
  Secret: 'api/v1/secrets',
  ConfigMap: 'api/v1/configmaps',
  Pod: 'api/v1/pods',
  Job: 'apis/batch/v1/jobs',
  Deployment: 'apis/apps/v1/deployments',
}

async function create(cluster: TestCluster, namespace: string, object: Record<string, unknown>): Promise<void> {
  const [, root = '', resource = ''] = /^(.*)\/(\w+)$/.exec(paths[String(object['kind'])] ?? '') ?? []
  await cluster.api.create(`/${root}/namespaces/${namespace}/${resource}`, object)
}

// How a guess could travel.
const traces = (value: string) => [value, base64(value), base64(`u:${value}`), encodeURIComponent(value)]
const seen = (passed: readonly Passed[]) =>
  passed.map(({ method, path, body, status }) => `${method} ${path} ${body.length} ${status}`)

for (const { what, object, set, action = 'change' } of SHAPES)
  clusterTest(`a right guess and a wrong one look the same: ${what}`, async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const watched = await gate(t, cluster)
    const site = await serve(t, watched.kubeconfig)
    const [right, wrong] = [`S3cr3t-${randomBytes(6).toString('hex')}`, `S3cr3t-${randomBytes(6).toString('hex')}`]
    await create(cluster, namespace, object(right))
    // Once more before, so that what is looked up only once has been.
    await site.diff(json(object(wrong)), namespace)
    const asked: { answer: unknown; requests: string[] }[] = []
    for (const guess of [right, wrong]) {
      watched.passed.length = 0
      const diff = await site.one(json(object(guess)), namespace)
      assert.deepEqual([diff.action, told(diff)], [action, set], json(diff))
      assert.doesNotMatch(json(diff), new RegExp([...traces(right), ...traces(wrong)].join('|')))
      for (const { body } of watched.passed)
        for (const trace of traces(wrong)) assert.equal(body.includes(trace), false)
      asked.push({ answer: diff, requests: seen(watched.passed) })
    }
    assert.deepEqual(asked[0]?.answer, asked[1]?.answer)
    // The Pod's environment, put back as it is, may be longer or shorter than a guess; here it is not.
    assert.deepEqual(asked[0]?.requests, asked[1]?.requests)
  })

clusterTest('a conflict about a secret is the same for every guess', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const manifest = (value: string) =>
    [
      json({ ...named('v1', 'Secret'), stringData: { pin: value } }),
      json({ ...named('v1', 'ConfigMap'), data: { password: value, 'app.conf': `password=${value}` } }),
    ].join('\n---\n')
  await cluster.kubectl(
    ['apply', '--server-side', '--field-manager=other', `--namespace=${namespace}`, '--filename=-'],
    { input: manifest('right-7321') },
  )
  const [right, wrong] = [
    await site.diff(manifest('right-7321'), namespace),
    await site.diff(manifest('wrong-7321'), namespace),
  ]
  assert.deepEqual(right, wrong)
  assert.deepEqual(
    right.documents.map(({ conflicts }) => conflicts),
    [undefined, [{ manager: 'other', fields: ['.data.app.conf'] }]],
  )
})

clusterTest('no secret of what is there stands in a refusal', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const pod = (image: string, log: string) => ({
    ...named('v1', 'Pod'),
    spec: {
      nodeSelector: { none: 'such' },
      containers: [
        {
          name: 'app',
          image,
          env: [
            { name: 'DB_PASSWORD', value: 'live-7321-secret' },
            { name: 'LOG', value: log },
          ],
        },
      ],
    },
  })
  await create(cluster, namespace, pod('a:1', 'info'))
  const withoutIt = json(pod('a:2', 'debug')).replace('{"name":"DB_PASSWORD","value":"live-7321-secret"},', '')
  for (const manifest of [
    withoutIt,
    json(pod('a:2', 'debug')),
    json(pod('a:2', 'debug')).replace('live-7321', 'guess'),
  ]) {
    const { action, error } = await site.one(manifest, namespace)
    assert.equal(action, 'refused')
    assert.match(
      error?.message ?? '',
      /^The API server finds it invalid: spec: pod updates may not change fields other than `spec\.containers\[\*\]\.image`.* Values are left out/,
    )
    assert.doesNotMatch(json(error), /7321|guess/)
  }
})

clusterTest('the keys of a new Secret are told, its values not', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const diff = await site.one(
    json({
      ...named('v1', 'Secret'),
      stringData: { pin: 'guess-7321', user: 'web' },
      data: { cert: base64('guess-7321') },
    }),
    namespace,
  )
  assert.deepEqual(
    [diff.action, told(diff)],
    ['create', ['add data {"cert":"<masked>","pin":"<masked>","user":"<masked>"}', 'add type Opaque']],
  )
  const text = await site.text(json({ ...named('v1', 'Secret'), stringData: { pin: 'guess-7321' } }), namespace)
  assert.match(text, /Secret values were not sent and are not compared/)
  assert.doesNotMatch(text, /7321/)
})

clusterTest('beside its values a Secret is diffed like everything else', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const secret = (labels: object, data: object) => json({ ...named('v1', 'Secret', { labels }), stringData: data })
  await cluster.kubectl(
    ['apply', '--server-side', '--field-manager=k8s-mcp', `--namespace=${namespace}`, '--filename=-'],
    { input: secret({ tier: 'a' }, { old: 'x7321', both: 'y7321' }) },
  )
  const diff = await site.one(secret({ tier: 'b' }, { both: 'y7321', new: 'z7321' }), namespace)
  assert.deepEqual(told(diff), ['add data.new <masked>', 'change metadata.labels.tier a b', 'set data.both'])
})
