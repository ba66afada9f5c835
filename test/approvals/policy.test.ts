import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { globMatches } from '../../src/glob.ts'
import { type Asked, type PolicySettings, sameVerdict } from '../../src/services/approvals/policy.ts'
import { policySource, readPolicy } from '../../src/services/approvals/policy-file.ts'
import type { Target } from '../../src/services/changes/plan.ts'
import { AGENT, ALICE, folder, plan, policyOf, SCALE } from './support.ts'

const web: Target = {
  context: 'dev',
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  uid: 'u',
  labels: { team: 'shop' },
}
const asked = (other: Partial<Asked> = {}): Asked => ({
  operation: SCALE,
  input: {},
  context: 'dev',
  principal: AGENT,
  plan: plan({ targets: [web] }),
  ...other,
})
const rules = (...lines: string[]) => `rules:\n${lines.map((line) => `  - ${line}\n`).join('')}`
const judged = (yaml: string | undefined, question = asked(), settings: PolicySettings = { self: false }) =>
  policyOf(yaml, settings).current.judge(question)

test('without a file, and where no rule matches, one approver is needed', () => {
  for (const yaml of [undefined, rules('{name: a, match: {context: prod}, auto: true}')]) {
    const { decision, approvers, rule } = judged(yaml)
    assert.deepEqual([decision, approvers, rule], ['require', 1, 'default'])
  }
})

test('an operation that no rule knows of needs a person', () =>
  assert.equal(
    judged(rules('{name: a, auto: true}'), asked({ operation: 'infra.k8s.later.newThing' })).decision,
    'require',
  ))

test('deny wins over require, require over auto, whatever their order', () => {
  const [deny, require, auto] = ['{name: d, deny: no}', '{name: r, require: {approvers: 2}}', '{name: a, auto: true}']
  assert.equal(judged(rules(auto, require, deny)).decision, 'deny')
  assert.equal(judged(rules(auto, require)).rule, 'r')
  assert.equal(judged(rules(auto)).decision, 'auto')
})

test('several requirements count together: most approvers, shortest time, each group, self only where all allow it', () => {
  const verdict = judged(
    rules(
      '{name: a, require: {approvers: 3, ttl: 600, groups: [x, y], self: true}}',
      '{name: b, require: {ttl: 60, groups: [z]}}',
    ),
  )
  assert.deepEqual(verdict, {
    decision: 'require',
    rule: 'a, b',
    approvers: 3,
    groups: [['x', 'y'], ['z']],
    ttl: 60,
    self: false,
  })
})

// Each matcher: one that fits the question and one that does not.
const MATCHERS: readonly (readonly [fits: string, other: string])[] = [
  ['operation: infra.k8s.deployments.*', 'operation: infra.k8s.pods.*'],
  ['operation: [x, "*scale*"]', 'operation: [x, y]'],
  ['context: d*', 'context: prod'],
  ['namespace: "sh*p"', 'namespace: "shop-*"'],
  ['kind: Deployment', 'kind: Pod'],
  ['labels: {team: "sh*"}', 'labels: {team: other}'],
  ['labels: {team: shop}', 'labels: {tier: "*"}'],
  ['principal: {kind: agent}', 'principal: {kind: person}'],
  ['principal: {subject: loc*}', 'principal: {subject: alice}'],
  ['risk: [low, medium]', 'risk: high'],
]
for (const [fits, other] of MATCHERS) {
  test(`a rule with "${fits}" matches, one with "${other}" does not`, () => {
    assert.equal(judged(rules(`{name: d, match: {${fits}}, deny: true}`)).decision, 'deny')
    assert.equal(judged(rules(`{name: d, match: {${other}}, deny: true}`)).decision, 'require')
  })
}

test('a rule that restricts matches where one object does, a rule that frees only where all do', () => {
  const two = asked({ plan: plan({ targets: [web, { ...web, namespace: 'bank' }] }) })
  assert.equal(judged(rules('{name: d, match: {namespace: bank}, deny: true}'), two).decision, 'deny')
  assert.equal(judged(rules('{name: a, match: {namespace: shop}, auto: true}'), two).decision, 'require')
  assert.equal(judged(rules('{name: a, match: {namespace: [shop, bank]}, auto: true}'), two).decision, 'auto')
})

test('labels that are not known meet a rule that restricts, and none that frees', () => {
  const { labels: _, ...bare } = web
  const unknown = asked({ plan: plan({ targets: [bare] }) })
  assert.equal(judged(rules('{name: d, match: {labels: {team: x}}, deny: true}'), unknown).decision, 'deny')
  assert.equal(judged(rules('{name: a, match: {labels: {team: shop}}, auto: true}'), unknown).decision, 'require')
})

const pod: Target = { ...web, apiVersion: 'v1', kind: 'Pod' }
const blast = plan().blast
const never: readonly (readonly [string, Partial<Asked>, Target[]?])[] = [
  ['risk high', { plan: plan({ targets: [web], risk: 'high' }) }],
  [
    'a warning above medium',
    { plan: plan({ targets: [web], warnings: [{ code: 'x', risk: 'critical', text: 'x' }] }) },
  ],
  ['namespace kube-system', { plan: plan({ targets: [{ ...web, namespace: 'kube-system' }] }) }],
  ['one of two objects in kube-public', { plan: plan({ targets: [web, { ...web, namespace: 'kube-public' }] }) }],
  ['our own namespace', { plan: plan({ targets: [{ ...web, namespace: 'k8s-mcp' }] }) }],
  ['no object at all', { plan: plan({ targets: [] }) }],
  ['an operation that is not on the list', { operation: 'infra.k8s.resources.deleteResource' }],
  ['a name every object has', { operation: 'constructor' }],
  ['scaling what is no Deployment', { plan: plan({ targets: [{ ...web, kind: 'StatefulSet' }] }) }],
  [
    'cordon',
    {
      operation: 'infra.k8s.nodes.cordonNode',
      input: { cordon: true },
      plan: plan({ targets: [{ ...web, kind: 'Node' }] }),
    },
  ],
  [
    'cordon by default',
    { operation: 'infra.k8s.nodes.cordonNode', input: {}, plan: plan({ targets: [{ ...web, kind: 'Node' }] }) },
  ],
  [
    'deleting a pod that does not come back',
    { operation: 'infra.k8s.pods.deletePod', plan: plan({ targets: [pod], blast: { ...blast, podsGone: 1 } }) },
  ],
  [
    'deleting a pod of which nothing is known',
    { operation: 'infra.k8s.pods.deletePod', plan: plan({ targets: [pod] }) },
  ],
]
for (const [name, other] of never) {
  test(`never auto, whatever the file says: ${name}`, () => {
    const verdict = judged(rules('{name: everything, auto: true}'), asked(other), {
      self: false,
      ownNamespace: 'k8s-mcp',
    } as const)
    assert.deepEqual([verdict.decision, verdict.approvers], ['require', 1])
    assert.match(verdict.text ?? '', /everything/)
  })
}

const ALWAYS: readonly (readonly [string, Partial<Asked>])[] = [
  ['scale', {}],
  ['restart', { operation: 'infra.k8s.deployments.restartDeployment' }],
  [
    'uncordon',
    {
      operation: 'infra.k8s.nodes.cordonNode',
      input: { cordon: false },
      plan: plan({ targets: [{ ...web, kind: 'Node' }] }),
    },
  ],
  [
    'delete of a pod that comes back',
    {
      operation: 'infra.k8s.pods.deletePod',
      plan: plan({ targets: [pod], blast: { ...blast, podsGone: 1, podsBack: 1 } }),
    },
  ],
]
for (const [name, other] of ALWAYS) {
  test(`may be auto: ${name}`, () =>
    assert.equal(judged(rules('{name: a, auto: true}'), asked(other)).decision, 'auto'))
}

test('who may confirm their own request is what the server says, unless a rule says otherwise', () => {
  const own = asked({ principal: ALICE })
  assert.equal(judged(undefined, own, { self: true }).self, true)
  assert.equal(judged(undefined, own, { self: false }).self, false)
  assert.equal(judged(rules('{name: r, require: {self: false}}'), own, { self: true }).self, false)
  assert.equal(judged(rules('{name: r, require: {self: true}}'), own, { self: false }).self, true)
})

// Text of a policy, and where its fault is.
const FAULTS: readonly (readonly [string, RegExp])[] = [
  ['rules:\n  - name: a\n    require: {approvers: two}\n', /line 3, column 26: rules\.0\.require\.approvers/],
  ['rules:\n  - name: a\n    alow: true\n', /line 3, column 11: rules\.0\.alow is not a field/],
  ['rules:\n  - name: a\n', /line 2, column 5: rule "a" must have exactly one of deny, require and auto/],
  ['rules:\n  - {name: a, deny: true, auto: true}\n', /line 2, column 5: rule "a" must have exactly one/],
  ['rules:\n  - {name: a, deny: true}\n  - {name: a, deny: true}\n', /line 3, column 5: there are two rules "a"/],
  ['rules:\n  - {name: a, require: {ttl: 90000}}\n', /line 2, column 30/],
  ['rules:\n  - {name: a, deny: false}\n', /line 2, column 21/],
  ['rules: [\n', /line \d+, column \d+/],
  ['rules: []\nrules: []\n', /line 2, column 1/],
  ['rules: &x []\nmore: *x\n', /./],
  ['', /line 1, column 1/],
  ['- a\n', /line 1, column 1/],
]
for (const [yaml, where] of FAULTS) {
  test(`the policy ${JSON.stringify(yaml)} is refused with the place of its fault`, () =>
    assert.throws(() => readPolicy(yaml, 'p.yaml'), { code: 'bad_policy', message: where }))
}

test('a broken file on reload keeps the old policy and says so; a good one replaces it', (t) => {
  const path = join(folder(t), 'policy.yaml')
  assert.throws(() => policySource(path, () => ({ self: false })), { code: 'bad_policy', message: /cannot be read/ })
  writeFileSync(path, rules('{name: a, deny: one}'))
  const source = policySource(path, () => ({ self: false }))
  const { version } = source.current
  writeFileSync(path, 'rules: [')
  assert.equal(source.reload().problem?.code, 'bad_policy')
  assert.equal(source.current.version, version)
  writeFileSync(path, `# only a comment more\n${rules('{name: a, deny: one}')}`)
  assert.deepEqual(source.reload(), { changed: false })
  writeFileSync(path, rules('{name: a, deny: two}'))
  assert.deepEqual(source.reload(), { changed: true })
  assert.notEqual(source.current.version, version)
})

test('verdicts that ask the same of people are the same under other names', () => {
  const [a, b, c] = [
    '{name: a, require: {approvers: 2}}',
    '{name: b, require: {approvers: 2}}',
    '{name: a, require: {approvers: 3}}',
  ].map((rule) => judged(rules(rule)))
  assert.ok(a !== undefined && b !== undefined && c !== undefined)
  assert.ok(sameVerdict(a, b))
  assert.ok(!sameVerdict(a, c))
})

const GLOBS: readonly (readonly [string, string, boolean])[] = [
  ['a', 'a', true],
  ['a', 'ab', false],
  ['*', '', true],
  ['a*', 'abc', true],
  ['*c', 'abc', true],
  ['a*a', 'a', false],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'acb', false],
  ['*a*', 'bab', true],
  ['a.c', 'abc', false],
  ['ab*ba', 'aba', false],
]
for (const [pattern, text, matches] of GLOBS) {
  test(`the pattern ${pattern} ${matches ? 'matches' : 'does not match'} "${text}"`, () =>
    assert.equal(globMatches(pattern, text), matches))
}

test('a pattern made to be slow is not', () => {
  const start = process.cpuUsage()
  globMatches(`${'a*'.repeat(120)}b`, 'a'.repeat(253))
  assert.ok(process.cpuUsage(start).user < 50_000)
})
