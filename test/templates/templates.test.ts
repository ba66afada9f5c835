import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { parseManifest } from '../../src/services/manifests/parse.ts'
import { pairOf } from '../../src/services/templates/schemas.ts'
import { Templates } from '../../src/services/templates/templates.ts'
import { templates } from '../../templates/index.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { filled, METACHARACTERS, podSpecsOf, textsOf, valuesFor, yamlOf } from './support.ts'

/** Of the design: each of these can be asked for by its name for ever. */
const NAMES =
  'web-application deployment statefulset daemonset job cronjob debug-pod pod-with-sidecar topology-spread service ingress-tls gateway-httproute network-policy network-policy-deny-all network-policy-allow-dns network-policy-allow-from-namespace hpa pdb configmap secret secret-registry secret-tls pvc storageclass serviceaccount role read-only-clusterrole ci-deployer namespace resource-quota limit-range tenant crd validating-admission-policy priorityclass'

/** What the page of a template takes besides its parameters, and what would reach into every object. */
const RESERVED = ['template', 'format', 'validate', 'context', 'parameters', '__proto__', 'prototype', 'constructor']

/** Run to an end, or for a person: nothing waits for them to be ready. */
const WITHOUT_PROBES = ['job', 'cronjob', 'debug-pod']

const documentsOf = (yaml: string, version: '1.1' | '1.2'): unknown[] =>
  parseAllDocuments(yaml, { version }).map((each): unknown => {
    assert.deepEqual(each.errors, [])
    return each.toJS()
  })

/** All readers of the YAML read these objects. */
async function assertSame(name: string, parameters: Record<string, unknown>): Promise<void> {
  const { objects, content } = await filled(name, parameters)
  const yaml = await yamlOf(name, parameters)
  assert.deepEqual(documentsOf(yaml, '1.2'), objects)
  assert.deepEqual(documentsOf(yaml, '1.1'), objects)
  const parsed = (text: string) => parseManifest(text).map(({ object }) => object)
  assert.deepEqual(parsed(yaml), objects)
  assert.deepEqual(parsed(content), objects)
}

test('there is every template, in this order', async () => {
  const rows = await new Templates().list()
  assert.deepEqual(
    rows.map(({ name }) => name),
    NAMES.split(' '),
  )
})

for (const template of templates)
  suite(template.name, () => {
    const { name } = template

    test('says what it is: title, description, tags, and the kinds that it makes', async () => {
      const { objects = [] } = await filled(name)
      assert.deepEqual([...new Set(objects.map(({ kind }) => kind))], template.kinds)
      assert.match(template.title, /^[A-Z].{2,60}$/)
      assert.match(template.description, /^[A-Z].{10,180}\.$/)
      assert.ok(template.tags.length > 2 && new Set(template.tags).size === template.tags.length)
    })

    test('describes each parameter, says what it may be, and works without any', async () => {
      const { parameters } = await filled(name)
      for (const each of parameters) {
        assert.match(each.description, /^[A-Z].*\.$/s, each.name)
        assert.match(each.allowed, /^[a-z].{3,}$/s, each.name)
        assert.doesNotMatch(each.allowed, /undefined/, each.name)
        assert.match(each.name, /^[a-z][A-Za-z]+$/)
        assert.ok(!RESERVED.includes(each.name), each.name)
        assert.deepEqual(each.value, each.default, each.name)
      }
    })

    test('is the same objects as YAML and as JSON, whoever reads it, and says why', async () => {
      await assertSame(name, {})
      const yaml = await yamlOf(name)
      assert.match(yaml, /^# .+\n/)
      assert.match(yaml, /\n *# [A-Z]/)
      await fc.assert(
        fc.asyncProperty(valuesFor(template), (values) => assertSame(name, values)),
        { numRuns: 25 },
      )
    })

    test('is made anew each time', async () => {
      assert.deepEqual(await filled(name), await filled(name))
      const [one, other] = [await filled(name), await filled(name)]
      assert.notEqual(one.objects?.[0], other.objects?.[0])
    })

    test('runs Pods that ask for little and are told apart', async () => {
      const { objects = [] } = await filled(name)
      for (const spec of objects.flatMap(podSpecsOf)) {
        assert.equal(at(spec, 'automountServiceAccountToken'), false)
        for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
          assert.match(textAt(container, 'image'), /:(?!latest)[\w.-]+$/)
          const { requests, limits } = {
            requests: at(container, 'resources', 'requests'),
            limits: at(container, 'resources', 'limits'),
          }
          assert.deepEqual([typeof at(requests, 'cpu'), typeof at(requests, 'memory')], ['string', 'string'])
          assert.equal(typeof at(limits, 'memory'), 'string')
          const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].filter(
            (each) => at(container, each) !== undefined,
          )
          assert.equal(probes.length, WITHOUT_PROBES.includes(name) ? 0 : 3)
        }
      }
      for (const { metadata, kind } of objects.filter((each) => each['kind'] !== 'CustomResourceDefinition'))
        assert.ok(textAt(metadata, 'labels', 'app.kubernetes.io/name') !== '', String(kind))
    })
  })

const settings = (value: string) => filled('configmap', { data: [`key=${value}`] })

test('a text changes nothing but the value it is for, whatever it says', async () => {
  const [plain] = (await settings('plain')).objects ?? []
  for (const value of METACHARACTERS) {
    const { objects = [] } = await settings(value)
    assert.deepEqual(objects, [{ ...plain, data: { key: value } }])
    await assertSame('configmap', { data: [`key=${value}`] })
    await assertSame('priorityclass', { description: value.slice(0, 500) })
    await assertSame('deployment', { env: [`A=${value}`], args: [value, value], command: [value] })
  }
})

test('no text becomes a comment or a document, and what hides or turns text is shown', async () => {
  const before = (await yamlOf('configmap', { data: ['key=plain'] })).split('\n')
  for (const value of METACHARACTERS.filter((each) => !each.includes('\n'))) {
    const after = (await yamlOf('configmap', { data: [`key=${value}`] })).split('\n')
    assert.equal(after.length, before.length, value)
    assert.deepEqual(
      after.filter((line, index) => line !== before[index] && !line.startsWith('  key: ')),
      [],
    )
    assert.doesNotMatch(after.join('\n'), /[\u0080-\u009f\u00ad\u200b-\u200f\u2028-\u202e\ufeff]/)
  }
})

test('lines of a text stay lines, as people write files', async () => {
  assert.match(
    await yamlOf('configmap', { data: ['app.properties=color=blue\nlimit=10\n'] }),
    / {2}app.properties: \|\n {4}color=blue\n {4}limit=10\n/,
  )
})

test('the first equals sign parts a name from its value', async () => {
  assert.deepEqual(pairOf('a=b=c'), ['a', 'b=c'])
  const { objects } = await filled('configmap', { data: ['__proto__=x', 'constructor=y'] }).catch(() => ({
    objects: [],
  }))
  assert.deepEqual(
    objects?.map((each) => Object.entries(Object(each['data']))),
    [
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    ],
  )
})

test('a value stands only where it is meant, and nowhere else', async () => {
  const marks = {
    name: 'mark-a',
    partOf: 'mark-b',
    namespace: 'mark-c',
    image: 'mark-d:1',
    command: ['mark-e'],
    env: ['A=mark-f'],
  }
  const { objects } = await filled('deployment', marks)
  const found = textsOf(objects).filter((text) => text.includes('mark-'))
  assert.deepEqual([...new Set(found)].toSorted(), ['mark-a', 'mark-b', 'mark-c', 'mark-d:1', 'mark-e', 'mark-f'])
})
