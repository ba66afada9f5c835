import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { Compile } from 'typebox/compile'
import { diagnose } from '../../src/services/diagnose/diagnose.ts'
import { nameOf } from '../../src/services/diagnose/facts.ts'
import { Diagnosis } from '../../src/services/diagnose/report.ts'
import { defineRule, type Rule, type Verdict } from '../../src/services/diagnose/rule.ts'
import type { Scope } from '../../src/services/diagnose/snapshot.ts'
import { rules as everyRule } from '../../src/services/diagnose/rules/index.ts'
import { diagnosisText } from '../../src/services/diagnose/text.ts'
import { ago, make } from '../describe/build.ts'
import { snapshotOf } from './snapshot.ts'

const SHOP: Scope = { of: 'namespace', namespace: 'shop' }

/** An object of namespace shop with a uid of its own, owned where an owner is given. */
function own(type: string, name: string, owner?: KubeObject, fields: Record<string, unknown> = {}): KubeObject {
  const [{ apiVersion, kind, metadata }] = [owner ?? make(type)]
  const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }]
  return make(type, {
    ...fields,
    metadata: { name, uid: `${type} ${name}`, ...(owner === undefined ? {} : { ownerReferences }) },
  })
}

const deployment = own('apps/v1 Deployment', 'web')
const replicaSet = own('apps/v1 ReplicaSet', 'web-5d9', deployment)
const pods = ['a', 'b', 'c'].map((each) => own('v1 Pod', `web-5d9-${each}`, replicaSet, { spec: { nodeName: 'n1' } }))
const lonely = own('v1 Pod', 'lonely')
const node = make('v1 Node', { metadata: { name: 'n1', namespace: undefined, uid: 'n1' } })
const shop = [deployment, replicaSet, ...pods, lonely, node]

const said = (object: KubeObject, cause: string, more: Partial<Verdict> = {}): Verdict => ({
  cause,
  evidence: [{ object: nameOf(object), from: 'field', path: 'status', text: 'as it is' }],
  next: [{ text: 'Look at it:', operation: 'infra.k8s.pods.getPod', arguments: { name: object.metadata.name } }],
  ...more,
})

/** A rule that says the same of each object of a kind, but for what is given. */
const rule = (id: string, kind: string, more: Partial<Rule> = {}): Rule =>
  defineRule({
    id,
    title: id,
    severity: 'critical',
    looksAt: [kind],
    judge: (each) => said(each, `${id} it is`),
    ...more,
  })

const findingsOf = async (given: readonly Rule[], scope: Scope = SHOP, objects = shop) =>
  (await diagnose(snapshotOf(objects, { scope }), given)).findings
const told = async (given: readonly Rule[], scope: Scope = SHOP, objects = shop) =>
  (await findingsOf(given, scope, objects)).map(({ id, object: { kind, name } }) => `${id} ${kind}/${name}`)

test('the trouble of pods is the trouble of their workload, told once, with the pods counted', async () => {
  const findings = await findingsOf([
    rule('crash', 'Pod', { judge: (each) => said(each, 'it ends', { since: ago(60) }) }),
  ])
  assert.deepEqual(
    findings.map(({ object, pods: count, cause, since }) => [object.kind, object.name, count, cause, since]),
    [
      ['Deployment.apps', 'web', 3, 'it ends', ago(60)],
      ['Pod', 'lonely', undefined, 'it ends', ago(60)],
    ],
  )
  assert.equal(findings[0]?.page, '/docs/troubleshooting/crash')
})

test('two causes of one workload are two findings; those told apart only by numbers become one where they are many', async () => {
  const byName = rule('crash', 'Pod', { judge: (each) => said(each, `ends with ${each.metadata.name.length}`) })
  assert.deepEqual(await told([byName]), ['crash Deployment.apps/web', 'crash Pod/lonely'])
  const crowd = Array.from({ length: 50 }, (_, index) => own('v1 Pod', `web-5d9-${index}`, replicaSet))
  const numbered = rule('crash', 'Pod', { judge: (each) => said(each, `port ${each.metadata.name.slice(8)} is shut`) })
  const [few, many] = [crowd.slice(0, 3), crowd].map((each) => [deployment, replicaSet, ...each])
  assert.equal((await findingsOf([numbered], SHOP, few)).length, 3)
  const merged = await findingsOf([numbered], SHOP, many)
  assert.deepEqual(
    merged.map((each) => each.pods),
    [50],
  )
})

test('a finding swallows those that say less of the same workload, and only there', async () => {
  const some = [rule('rollout', 'Deployment.apps'), rule('crash', 'Pod', { over: ['rollout'] })]
  assert.deepEqual(await told(some), ['crash Deployment.apps/web', 'crash Pod/lonely'])
})

test('a finding swallows what it explains with all that this owns, and names it', async () => {
  const down = rule('node-down', 'Node', { judge: (each) => said(each, 'it is down', { explains: pods }) })
  const [first, ...others] = await findingsOf([rule('crash', 'Pod'), down])
  assert.deepEqual(first?.explains, [{ kind: 'Deployment.apps', namespace: 'shop', name: 'web' }])
  assert.deepEqual([first?.id, ...others.map(({ object }) => object.name)], ['node-down', 'lonely'])
})

test('a workload of which only some pods are explained keeps its trouble', async () => {
  const down = rule('node-down', 'Node', { judge: (each) => said(each, 'it is down', { explains: pods.slice(1) }) })
  assert.deepEqual(await told([rule('crash', 'Pod'), down]), [
    'node-down Node/n1',
    'crash Deployment.apps/web',
    'crash Pod/lonely',
  ])
})

test('findings that explain each other do not both vanish', async () => {
  const one = rule('one', 'Deployment.apps', { over: ['other'] })
  const other = rule('other', 'Deployment.apps', { over: ['one'] })
  assert.deepEqual(await told([one, other]), ['one Deployment.apps/web'])
})

test('worst first, then what concerns most, then by name', async () => {
  const some = [
    rule('info', 'Pod', { severity: 'info' }),
    rule('bad', 'Pod', { judge: (each) => (each === lonely ? said(each, 'bad') : undefined) }),
    rule('wide', 'Pod', { severity: 'warning' }),
  ]
  assert.deepEqual(await told(some), [
    'bad Pod/lonely',
    'wide Deployment.apps/web',
    'wide Pod/lonely',
    'info Deployment.apps/web',
    'info Pod/lonely',
  ])
})

test('of what is in no namespace, a namespace tells what its pods run on, and the cluster all', async () => {
  const spare = make('v1 Node', { metadata: { name: 'n2', namespace: undefined } })
  const some = [rule('node-down', 'Node')]
  assert.deepEqual(await told(some, SHOP, [...shop, spare]), ['node-down Node/n1'])
  assert.deepEqual(await told(some, { of: 'cluster' }, [...shop, spare]), ['node-down Node/n1', 'node-down Node/n2'])
})

test('of an object its family is judged, nothing beside it, and not what is wrong with its owner alone', async () => {
  const some = [rule('crash', 'Pod'), rule('deploy', 'Deployment.apps'), rule('node-down', 'Node')]
  const of = (kind: string, name: string): Scope => ({ of: 'object', object: { kind, namespace: 'shop', name } })
  assert.deepEqual(await told(some, of('Pod', 'lonely')), ['crash Pod/lonely'])
  assert.deepEqual(await told(some, of('ReplicaSet.apps', 'web-5d9')), ['crash Deployment.apps/web'])
  assert.deepEqual(await told(some, of('Deployment.apps', 'web')), [
    'crash Deployment.apps/web',
    'deploy Deployment.apps/web',
  ])
  assert.deepEqual(await told(some, of('Pod', 'nosuch')), [])
})

test('a rule that fails over an object is a gap, and stops no other', async () => {
  const broken = rule('broken', 'Pod', {
    judge: () => {
      throw new TypeError('no such field')
    },
  })
  const { findings, gaps } = await diagnose(snapshotOf(shop, { scope: SHOP }), [broken, rule('crash', 'Pod')])
  assert.equal(findings.length, 2)
  assert.match(gaps[0]?.what ?? '', /^broken of Pod shop\/lonely, broken of Pod/)
})

test('nothing wrong is one line that says what was looked at', async () => {
  const diagnosis = await diagnose(snapshotOf(shop, { scope: SHOP }), [])
  const text = diagnosisText(diagnosis)
  assert.equal(text, 'Nothing wrong found in namespace shop (context test).\nIn order: 1 Deployment, 4 Pods.')
})

test('what was not read is said, and nothing is called fine for it', async () => {
  const why = 'forbidden to this identity.'
  const gaps = ['secrets', 'nodes'].map((what) => ({ what, why }))
  const text = diagnosisText(await diagnose(snapshotOf(shop, { scope: SHOP, gaps }), []))
  assert.match(text, /^Nothing wrong in what could be read of namespace shop/)
  assert.match(text, /^Not looked at: nodes, secrets: forbidden to this identity\.$/m)
})

test('500 workloads in trouble keep to the caps: 100 findings, 6 KB of text, the rest counted', async () => {
  const crowd = Array.from({ length: 500 }, (_, index) => own('v1 Pod', `pod-${index}`))
  const long = rule('crash', 'Pod', { judge: (each) => said(each, `${each.metadata.name} ${'x'.repeat(2000)}`) })
  const diagnosis = await diagnose(snapshotOf(crowd, { scope: SHOP }), [long])
  const text = diagnosisText(diagnosis)
  assert.deepEqual([diagnosis.findings.length, diagnosis.more], [100, 400])
  assert.ok(Buffer.byteLength(text) <= 6000, `${Buffer.byteLength(text)} bytes`)
  assert.ok(Buffer.byteLength(text) > 4000, 'the room is used')
  assert.match(text, /^500 findings/)
  assert.match(text, /\.\.\. not shown: \d+ findings, less urgent/)
  assert.ok(Compile(Diagnosis).Check(diagnosis))
})

test('10,000 pods of one workload in trouble are one finding, and everybody else is let in meanwhile', async () => {
  const crowd = Array.from({ length: 10_000 }, (_, index) => own('v1 Pod', `web-5d9-${index}`, replicaSet))
  let turns = 0
  const timer = setInterval(() => turns++, 5)
  const diagnosis = await diagnose(snapshotOf([deployment, replicaSet, ...crowd], { scope: SHOP }), [
    rule('crash', 'Pod'),
    ...everyRule,
  ])
  clearInterval(timer)
  const crash = diagnosis.findings.filter(({ id }) => id === 'crash')
  assert.deepEqual(
    crash.map(({ pods: count }) => count),
    [10_000],
  )
  assert.ok(turns > 3, `${turns} turns of others`)
  assert.ok(Buffer.byteLength(diagnosisText(diagnosis)) <= 6000)
})

test('a rule about every kind judges all objects, one about other kinds those that no rule names', async () => {
  const widget = own('example.test/v1 Widget', 'one')
  const every = { ...rule('every', ''), looksAt: 'every kind' } as const
  const other = { ...rule('other', ''), looksAt: 'other kinds' } as const
  const objects = [lonely, widget]
  assert.deepEqual((await told([every, other, rule('crash', 'Pod')], SHOP, objects)).toSorted(), [
    'crash Pod/lonely',
    'every Pod/lonely',
    'every Widget.example.test/one',
    'other Widget.example.test/one',
  ])
})
