import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { LOCAL } from '../../src/call.ts'
import { Reference } from '../../src/services/docs/reference/reference.ts'
import { clusterOf, until } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest } from '../cluster/shared.ts'
import { folder } from '../support/process.ts'
import { type Instead, startRecorder, statusOf } from '../support/recorder.ts'
import { define, served } from './custom.ts'
import { build, reference, refusal } from './support.ts'

const cron = { type: 'string', description: 'When it runs.', pattern: '^[0-9* ,/-]+$' }
const spec = {
  type: 'object',
  required: ['schedule'],
  properties: {
    schedule: cron,
    replicas: { type: 'integer', format: 'int32', minimum: 1, maximum: 9, default: 1 },
    paused: { type: 'boolean', default: false },
    size: { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
    steps: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string', enum: ['a', 'b'] } } },
    },
    extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    byName: { type: 'object', additionalProperties: { type: 'object', properties: { on: { type: 'boolean' } } } },
  },
  'x-kubernetes-validations': [{ rule: 'self.replicas < 9', message: 'not that many' }],
}

clusterTest('a connected cluster is what is explained, with its version', async (cluster, t) => {
  const answer = await reference(t).explain({ kind: 'deploy', path: 'spec.strategy' }, await clusterOf(t, cluster))
  assert.equal(answer.source.from, 'cluster')
  assert.match(answer.source.version, /^v1\.36\.\d+$/)
  assert.equal(answer.source.context, 'admin')
  assert.deepEqual(answer.fields.find(({ name }) => name === 'type')?.enum, ['Recreate', 'RollingUpdate'])
  assert.equal(answer.source.clusterVersion, undefined)
})

clusterTest('the cluster and the built reference explain every kind alike', async (cluster, t) => {
  const of = reference(t)
  const live = await clusterOf(t, cluster)
  for (const kind of [
    'Pod.v1',
    'CronJob.v1.batch',
    'HorizontalPodAutoscaler.v2.autoscaling',
    'Ingress',
    'pvc',
    'Eviction',
  ]) {
    const [a, b] = [await of.explain({ kind, recursive: true }, live), await of.explain({ kind, recursive: true })]
    const facts = ({ fields }: typeof a) => fields.map(({ path, type, required }) => `${path} ${type} ${required}`)
    assert.deepEqual(facts(a), facts(b))
    assert.deepEqual(a.usedBy, b.usedBy)
  }
})

clusterTest('a custom resource is explained the moment it is served', async (cluster, t) => {
  const of = reference(t)
  const live = await clusterOf(t, cluster)
  await of.explain({ kind: 'po' }, live)
  const custom = await define(cluster, { type: 'object', description: 'A widget.', properties: { spec } })
  await served(cluster, custom)
  const answer = await of.explain({ kind: `x${custom.kind.toLowerCase()}`, path: 'spec' }, live)
  assert.equal(answer.fullName, `${custom.kind}.v1.${custom.group}`)
  assert.deepEqual(answer.rules, ['not that many'])
  const fields = new Map(answer.fields.map((each) => [each.name, each]))
  assert.deepEqual(fields.get('schedule')?.rules, ['pattern ^[0-9* ,/-]+$'])
  assert.equal(fields.get('schedule')?.required, true)
  assert.deepEqual(fields.get('replicas')?.rules, ['at least 1', 'at most 9'])
  assert.equal(fields.get('paused')?.default, false)
  assert.equal(fields.get('size')?.type, 'int-or-string')
  assert.equal(fields.get('steps')?.type, '[]Object')
  assert.equal(fields.get('extra')?.type, 'Object')
  const name = await of.explain({ kind: custom.plural, path: 'spec.steps[].name' }, live)
  assert.deepEqual(name.enum, ['a', 'b'])
  assert.equal((await of.explain({ kind: custom.kind, path: 'spec.byName.any.on' }, live)).type, 'boolean')
  const { kinds } = await of.kinds(live)
  assert.equal(kinds.find(({ kind }) => kind === custom.kind)?.custom, true)
  assert.equal(kinds.find(({ kind }) => kind === 'Deployment')?.custom, false)
})

clusterTest('a field that was just added to a custom resource is explained', async (cluster, t) => {
  const of = reference(t)
  const live = await clusterOf(t, cluster)
  const schema = (more: object) => ({
    type: 'object',
    properties: { spec: { ...spec, properties: { ...spec.properties, ...more } } },
  })
  const custom = await define(cluster, schema({}))
  await served(cluster, custom)
  assert.equal((await refusal(of.explain({ kind: custom.kind, path: 'spec.added' }, live)))?.code, 'unknown_field')
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${custom.plural}.${custom.group}`
  const versions = [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema({ added: { type: 'string' } }) } },
  ]
  await cluster.api.merge(path, { spec: { versions } })
  await until('the new field is explained', async () => {
    const problem = await refusal(of.explain({ kind: custom.kind, path: 'spec.added' }, live))
    return problem === undefined
  })
})

clusterTest('a name that two groups have is listed in full', async (cluster, t) => {
  const live = await clusterOf(t, cluster)
  const kind = `Twin${randomBytes(3).toString('hex')}`
  const both = [await define(cluster, { type: 'object' }, kind), await define(cluster, { type: 'object' }, kind)]
  await Promise.all(both.map((each) => served(cluster, each)))
  const problem = await refusal(reference(t).explain({ kind }, live))
  assert.equal(problem?.code, 'ambiguous_kind')
  for (const { group } of both) assert.match(problem.message, new RegExp(group))
})

clusterTest('a custom resource without a schema is an object of any fields', async (cluster, t) => {
  const custom = await define(cluster, { type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
  await served(cluster, custom)
  const answer = await reference(t).explain({ kind: custom.kind }, await clusterOf(t, cluster))
  assert.deepEqual(
    answer.fields.map(({ name }) => name),
    ['apiVersion', 'kind', 'metadata'].filter((name) => answer.fields.some((each) => each.name === name)),
  )
})

/** A cluster whose document of one group version is replaced on its way, and a reference that asks it. */
async function tampered(t: TestContext, cluster: TestCluster, key: string, instead: Instead) {
  const answer = ({ path }: { path: string }) => (path === `/openapi/v3/${key}` ? instead : undefined)
  const { kubeconfig, arrived } = await startRecorder(t, cluster, { instead: answer })
  return { live: await clusterOf(t, cluster, 'admin', kubeconfig), arrived }
}

const brokenDocuments: readonly (readonly [what: string, instead: Instead, says: RegExp])[] = [
  ['no JSON', { status: 200, body: '{"components":' }, /no JSON/],
  ['nothing', { status: 200, body: '' }, /no JSON/],
  ['another thing', { status: 200, body: [1, 2] }, /publishes none/],
  [
    'garbage',
    { status: 200, body: { components: { schemas: { a: 1, b: { $ref: '#/components/schemas/b' } } } } },
    /publishes none/,
  ],
  ['a refusal', statusOf(503, 'ServiceUnavailable', 'the extension server is away'), /extension server is away/],
  ['25 MB', { status: 200, body: `"${'x'.repeat(25 * 1024 * 1024)}"` }, /larger than/],
]
for (const [what, instead, says] of brokenDocuments)
  clusterTest(`a document that is ${what} is said, and harms no other kind`, async (cluster, t) => {
    const { live } = await tampered(t, cluster, 'apis/batch/v1', instead)
    const of = reference(t)
    const problem = await refusal(of.explain({ kind: 'cronjob' }, live))
    assert.equal(problem?.code, 'schema_unavailable')
    assert.match(problem.message, says)
    assert.match(problem.next ?? '', /Every other kind/)
    assert.equal((await of.explain({ kind: 'deploy' }, live)).source.from, 'cluster')
    assert.ok((await of.kinds(live)).kinds.length > 50)
  })

clusterTest('a schema with holes is explained as far as it goes, and the holes are said', async (cluster, t) => {
  const gvk = { group: 'batch', version: 'v1', kind: 'CronJob' }
  const get = { 'x-kubernetes-action': 'get', 'x-kubernetes-group-version-kind': gvk }
  let deep: object = { type: 'string' }
  for (let i = 0; i < 500; i++) deep = { type: 'array', items: deep }
  const properties = {
    spec: { $ref: '#/components/schemas/gone' },
    self: { $ref: '#/components/schemas/loop' },
    odd: 7,
    deep,
    __proto__x: { type: 'string' },
    ok: { type: 'string', description: 'Fine.' },
  }
  const schemas = {
    job: { type: 'object', 'x-kubernetes-group-version-kind': [gvk], properties },
    loop: { $ref: '#/components/schemas/loop' },
  }
  const body = { components: { schemas }, paths: { '/apis/batch/v1/namespaces/{namespace}/cronjobs/{name}': { get } } }
  const { live } = await tampered(t, cluster, 'apis/batch/v1', { status: 200, body })
  const answer = await reference(t).explain({ kind: 'cronjob' }, live)
  const types = new Map(answer.fields.map(({ name, type }) => [name, type]))
  assert.equal(types.get('ok'), 'string')
  assert.deepEqual([types.get('spec'), types.get('self'), types.get('odd')], ['any', 'any', 'any'])
  assert.match(answer.source.notes.join(' '), /schema of gone is missing/)
  assert.match(answer.source.notes.join(' '), /too large/)
})

clusterTest('a document is fetched once, and not again after a restart', async (cluster, t) => {
  const { kubeconfig, arrived } = await startRecorder(t, cluster)
  const data = folder(t)
  const fetched = () => arrived.filter(({ path }) => path === '/openapi/v3/apis/apps/v1').length
  const live = await clusterOf(t, cluster, 'admin', kubeconfig)
  const first = reference(t, { data })
  await Promise.all(['deploy', 'sts', 'ds', 'rs', 'deploy'].map((kind) => first.explain({ kind }, live)))
  await first.explain({ kind: 'deploy' }, live)
  assert.equal(fetched(), 1)
  const again = await clusterOf(t, cluster, 'admin', kubeconfig)
  const after = await reference(t, { data }).explain({ kind: 'deploy' }, again)
  assert.equal(after.source.from, 'cluster')
  assert.equal(fetched(), 1)
  const [file = ''] = readdirSync(join(data, 'openapi', 'clusters'))
  assert.match(file, /^[0-9a-f]{64}\.json$/)
  writeFileSync(join(data, 'openapi', 'clusters', file), '{"format":1')
  const damaged = await clusterOf(t, cluster, 'admin', kubeconfig)
  assert.equal((await reference(t, { data }).explain({ kind: 'deploy' }, damaged)).source.from, 'cluster')
  assert.equal(fetched(), 2)
})

clusterTest(
  'a cluster that does not answer leaves the built reference, which says so, and nobody waits twice',
  async (cluster, t) => {
    const of = reference(t)
    const live = await clusterOf(t, cluster, 'unreachable')
    const answer = await of.explain({ kind: 'deploy' }, live)
    assert.equal(answer.source.from, 'built-in')
    assert.match(
      answer.source.notes.join(' '),
      /^Context unreachable cannot be used: [^.]+\. What is shown here is not of that cluster\.$/,
    )
    const started = performance.now()
    assert.equal((await of.explain({ kind: 'po' }, live)).source.from, 'built-in')
    assert.ok(performance.now() - started < 500)
    assert.ok((await of.kinds(live)).kinds.length > 90)
    assert.equal((await refusal(of.explain({ kind: 'po', insist: true }, live)))?.status, 503)
  },
)

clusterTest('a cluster that swallows requests costs seconds once', async (cluster, t) => {
  const of = reference(t)
  const live = await clusterOf(t, cluster, 'blackhole')
  const started = performance.now()
  assert.equal((await of.explain({ kind: 'deploy' }, live)).source.from, 'built-in')
  assert.ok(performance.now() - started < 4_500, `${performance.now() - started}`)
  const then = performance.now()
  await of.explain({ kind: 'deploy' }, live)
  assert.ok(performance.now() - then < 500)
})

clusterTest('another version than the cluster runs is shown on request, and said', async (cluster, t) => {
  const live = await clusterOf(t, cluster)
  const { source } = await reference(t).explain({ kind: 'po', version: '1.33' }, live)
  assert.deepEqual([source.from, source.version, source.context], ['built-in', '1.33', 'admin'])
  assert.match(source.clusterVersion ?? '', /^v1\.36/)
  assert.match(source.notes.join(' '), /runs v1\.36\.\d+; this is the reference of 1\.33/)
})

clusterTest(
  'a kind that the cluster does not have is unknown, even where the built reference has it',
  async (cluster, t) => {
    const of = reference(t)
    const live = await clusterOf(t, cluster)
    const gone = await refusal(of.explain({ kind: 'podgroup' }, live))
    assert.equal(gone?.code, 'unknown_kind')
    assert.match(gone.next ?? '', /version=1\.36/)
    const typo = await refusal(of.explain({ kind: 'deploymnt' }, live))
    assert.equal(typo?.code, 'unknown_kind')
    assert.match(typo.next ?? '', /"deployments"/)
  },
)

clusterTest('a credential that reaches some namespaces only may read what kinds there are', async (cluster, t) => {
  const whole = await clusterOf(t, cluster)
  const { Cluster } = await import('../../src/services/cluster.ts')
  const narrow = new Cluster(whole.api.connection, {
    ...whole.call,
    ...LOCAL,
    grant: { ...LOCAL.grant, scope: { namespaces: ['only-this'] } },
  })
  const answer = await new Reference({ built: build().built, data: folder(t) }).explain({ kind: 'po' }, narrow)
  assert.equal(answer.source.from, 'cluster')
})
