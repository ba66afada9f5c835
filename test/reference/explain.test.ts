import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { explain } from '../../src/operations/docs/explain.ts'
import { listApiReference } from '../../src/operations/docs/list-api-reference.ts'
import { KindList } from '../../src/services/docs/reference/schema.ts'
import { Compile } from 'typebox/compile'
import { folder } from '../support/process.ts'
import { build, reference, refusal } from './support.ts'

const words = [
  'deploy',
  'deployment',
  'Deployment',
  'deployments',
  'DEPLOYMENTS',
  'deployments.apps',
  'deployments.v1.apps',
  'Deployment.v1.apps',
  'deployment.v1.',
]
for (const word of words)
  test(`a kind is found as ${word}`, async (t) => {
    const answer = await reference(t).explain({ kind: word })
    assert.equal(answer.fullName, 'Deployment.v1.apps')
    assert.equal(answer.apiVersion, 'apps/v1')
    assert.deepEqual(
      answer.fields.map(({ name }) => name),
      ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
    )
  })

test('a field has its type, values, default and what is required', async (t) => {
  const of = reference(t)
  const strategy = await of.explain({ kind: 'deploy', path: 'spec.strategy' })
  assert.equal(strategy.type, 'DeploymentStrategy')
  assert.match(strategy.description, /replace existing pods/)
  assert.match(strategy.typeDescription ?? '', /describes how/)
  assert.deepEqual(strategy.fields.find(({ name }) => name === 'type')?.enum, ['Recreate', 'RollingUpdate'])
  const port = await of.explain({ kind: 'po', path: 'spec.containers.ports' })
  assert.deepEqual([port.type, port.list], ['[]ContainerPort', 'ContainerPort'])
  const fields = new Map(port.fields.map((each) => [each.name, each]))
  assert.equal(fields.get('containerPort')?.required, true)
  assert.equal(fields.get('containerPort')?.format, 'int32')
  assert.deepEqual(fields.get('protocol')?.enum, ['SCTP', 'TCP', 'UDP'])
  assert.equal(fields.get('protocol')?.default, 'TCP')
})

test('the scalars of Kubernetes are what they are on the wire', async (t) => {
  const of = reference(t)
  const at = async (kind: string, path: string) => {
    const { type, format, map, list } = await of.explain({ kind, path })
    return [type, format, map, list]
  }
  assert.deepEqual(await at('deploy', 'spec.strategy.rollingUpdate.maxSurge'), [
    'int-or-string',
    undefined,
    undefined,
    undefined,
  ])
  assert.deepEqual(await at('po', 'spec.containers.resources.limits'), [
    'map[string]string',
    'quantity',
    'string',
    undefined,
  ])
  assert.deepEqual(await at('po', 'metadata.creationTimestamp'), ['string', 'date-time', undefined, undefined])
  assert.deepEqual(await at('lease', 'spec.renewTime'), ['string', 'date-time-micro', undefined, undefined])
  assert.deepEqual(await at('secret', 'data'), ['map[string]string', 'byte', 'string', undefined])
  assert.deepEqual(await at('controllerrevision', 'data'), ['Object', undefined, undefined, undefined])
  assert.deepEqual(await at('po', 'metadata.managedFields.fieldsV1'), ['Object', undefined, undefined, undefined])
  assert.deepEqual(await at('crd', 'spec.versions.schema.openAPIV3Schema.default'), [
    'any',
    undefined,
    undefined,
    undefined,
  ])
  assert.deepEqual(await at('po', 'spec.containers.args'), ['[]string', undefined, undefined, 'string'])
})

const places: readonly (readonly [kind: string, path: string | undefined, found: string])[] = [
  ['po', 'spec.containers.image', 'spec.containers.image'],
  ['po', 'spec.containers[].image', 'spec.containers.image'],
  ['po', 'spec.containers[*].image', 'spec.containers.image'],
  ['po', 'spec.containers[0].image', 'spec.containers.image'],
  ['po.spec.containers', 'image', 'spec.containers.image'],
  ['pods.v1.spec.containers[0].image', undefined, 'spec.containers.image'],
  ['deploy.spec.strategy', undefined, 'spec.strategy'],
  [
    "crd.spec.versions[0].schema.openAPIV3Schema.properties['a.b/c'].type",
    undefined,
    'spec.versions.schema.openAPIV3Schema.properties.type',
  ],
]
for (const [kind, path, found] of places)
  test(`${kind} ${path ?? ''} leads to ${found}`, async (t) => {
    assert.equal((await reference(t).explain({ kind, path })).path, found)
  })

test('a map is stepped into with a key, and its value is what is explained', async (t) => {
  const { path, type } = await reference(t).explain({ kind: 'po', path: "metadata.labels['app.kubernetes.io/name']" })
  assert.deepEqual([path, type], ['metadata.labels', 'string'])
})

test('a recursive answer has every field in the order of the tree, with short texts', async (t) => {
  const of = reference(t)
  const { fields } = await of.explain({ kind: 'deploy', recursive: true })
  const paths = fields.map(({ path }) => path)
  assert.ok(fields.length > 900, `${fields.length}`)
  assert.equal(new Set(paths).size, paths.length)
  assert.ok(paths.includes('spec.template.spec.containers.livenessProbe.httpGet.port'))
  assert.ok(fields.every(({ description }) => description.length <= 160))
  for (const [at, { depth, path }] of fields.entries()) {
    if (depth === 1) continue
    const parent = fields.slice(0, at).findLast((each) => each.depth === depth - 1)
    assert.ok(path.startsWith(`${parent?.path}.`), path)
  }
  const full = await of.explain({ kind: 'deploy', recursive: true, texts: 'full' })
  assert.ok(full.fields.some(({ description }) => description.length > 160))
})

test('a type inside itself is not unfolded without end', async (t) => {
  const { fields } = await reference(t).explain({ kind: 'crd', recursive: true })
  const folded = fields.filter((each) => each.folded !== undefined)
  assert.ok(folded.some(({ path }) => path === 'spec.versions.schema.openAPIV3Schema.not'))
  assert.ok(fields.length < 500)
})

test('who else uses a type is said, with the path to it', async (t) => {
  const of = reference(t)
  const { usedBy } = await of.explain({ kind: 'po', path: 'spec.containers' })
  const uses = new Map(usedBy.map((each) => [each.fullName, each.path]))
  assert.equal(uses.get('Deployment.v1.apps'), 'spec.template.spec.containers')
  assert.equal(uses.get('CronJob.v1.batch'), 'spec.jobTemplate.spec.template.spec.containers')
  for (const { fullName, path } of usedBy)
    assert.equal((await of.explain({ kind: fullName, path })).list, 'Container', `${fullName} ${path}`)
})

test('the same name in other groups and versions is said', async (t) => {
  const of = reference(t)
  const event = await of.explain({ kind: 'ev' })
  assert.equal(event.fullName, 'Event.v1')
  assert.deepEqual(event.also, ['Event.v1.events.k8s.io'])
  assert.equal((await of.explain({ kind: 'events.events.k8s.io' })).fullName, 'Event.v1.events.k8s.io')
  assert.equal((await of.explain({ kind: 'hpa' })).fullName, 'HorizontalPodAutoscaler.v2.autoscaling')
  assert.equal((await of.explain({ kind: 'hpa.v1.autoscaling' })).fullName, 'HorizontalPodAutoscaler.v1.autoscaling')
})

test('what is not there is refused with what may have been meant', async (t) => {
  const of = reference(t)
  const cases: readonly (readonly [
    question: { kind: string; path?: string; version?: string },
    code: string,
    says: RegExp,
  ])[] = [
    [{ kind: 'deploymnt' }, 'unknown_kind', /"deployments"/],
    [{ kind: 'zzzzzzzz' }, 'unknown_kind', /listApiReference/],
    [{ kind: 'deploy', path: 'spec.stratgy' }, 'unknown_field', /"spec\.strategy"/],
    [{ kind: 'deploy', path: 'livenessProbe' }, 'unknown_field', /"spec\.template\.spec\.containers\.livenessProbe"/],
    [{ kind: 'deploy', path: 'spec[0]' }, 'unknown_field', /no list/],
    [{ kind: 'po', path: 'metadata.name.first' }, 'unknown_field', /no fields/],
    [{ kind: 'po', path: 'spec..containers' }, 'bad_input', /character 5/],
    [{ kind: 'po', path: 'spec.containers[x]' }, 'bad_input', /not a field path/],
    [{ kind: '__proto__' }, 'unknown_kind', /listApiReference/],
    [{ kind: 'po', path: '__proto__' }, 'unknown_field', /It has/],
    [{ kind: 'po', path: 'constructor' }, 'unknown_field', /It has/],
    [{ kind: 'po', path: 'spec.containers'.repeat(50) }, 'unknown_field', /./],
    [{ kind: 'po', version: '1.12' }, 'unknown_api_version', /1\.36, 1\.34, 1\.33, 1\.32/],
  ]
  for (const [question, code, says] of cases) {
    const problem = await refusal(of.explain(question))
    assert.equal(problem?.code, code, JSON.stringify(question))
    assert.match(`${problem.message} ${problem.next}`, says)
  }
})

test('another version is shown when it is asked for, and by K8S_API_VERSION', async (t) => {
  const names = async (version: string | undefined, asked?: string) => {
    const { fields, source } = await reference(t, { version }).explain({ kind: 'po', path: 'spec', version: asked })
    return [source.version, fields.some(({ name }) => name === 'hostnameOverride')]
  }
  assert.deepEqual(await names(undefined), ['1.36', true])
  assert.deepEqual(await names('1.33'), ['1.33', false])
  assert.deepEqual(await names('v1.34.2'), ['1.34', true])
  assert.deepEqual(await names('1.34', '1.32'), ['1.32', false])
})

test('without built data the answer says what to run', async (t) => {
  const problem = await refusal(reference(t, { built: folder(t) }).explain({ kind: 'po' }))
  assert.equal(problem?.code, 'docs_not_built')
  assert.match(problem.next ?? '', /npm run build:data/)
  const broken = folder(t)
  mkdirSync(join(broken, 'reference'))
  writeFileSync(join(broken, 'reference', '1.36.json'), '{"format":1,')
  assert.equal((await refusal(reference(t, { built: broken }).explain({ kind: 'po' })))?.code, 'docs_not_built')
})

test('what the operations answer is what their schemas say, and its text fits a model', async (t) => {
  const of = reference(t)
  for (const { kind, version, group } of of.definitions().kinds) {
    const name = [kind, version, group].filter((part) => part !== '').join('.')
    for (const recursive of [false, true]) {
      const answer = await of.explain({ kind: name, recursive })
      assert.deepEqual(explain.clean().Errors(answer).slice(0, 2), [], name)
      assert.ok(explain.text(answer).length < 25_000, name)
    }
  }
  const list = await of.kinds()
  assert.ok(Compile(KindList).Check(list))
  assert.equal(list.kinds.length, build().files[0]?.kinds)
  assert.ok(list.kinds.every(({ custom }) => !custom))
  assert.match(listApiReference.text(list), /Deployment {2}deployments {2}deploy {2}apps\/v1 {2}yes/)
})

test('the text is that of kubectl explain, in fewer words', async (t) => {
  const text = explain.text(await reference(t).explain({ kind: 'pdb', path: 'spec' }))
  assert.match(
    text,
    /^PodDisruptionBudget policy\/v1 \(poddisruptionbudgets, pdb; namespaced; built-in reference, Kubernetes 1\.36\)\n/,
  )
  assert.match(text, /\n {2}minAvailable <int-or-string>\n {4}An eviction is allowed/)
  assert.match(text, /one of AlwaysAllow, IfHealthyBudget/)
})

test('inputs of callers are checked before anything is looked up', () => {
  const takes = (input: object) => explain.parse().Check(input)
  assert.ok(takes({ kind: 'deploy', path: 'spec', recursive: true, version: '1.34' }))
  assert.ok(takes({ kind: "crd.spec.versions[0].schema.openAPIV3Schema.properties['a.b/c']" }))
  for (const bad of [
    {},
    { kind: '' },
    { kind: '../etc' },
    { kind: 'a b' },
    { kind: 'po', version: '../1' },
    { kind: 'po', more: 1 },
  ])
    assert.ok(!takes(bad), JSON.stringify(bad))
})
