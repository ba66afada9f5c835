import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { accountName } from '../../src/account.ts'
import type { TokenSpec } from '../../src/services/principals/token.ts'
import { pathOf } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, textAt } from '../support/json.ts'
import { addressOf, folder, getJson, startProcess, until } from '../support/process.ts'
import { startRecorder } from '../support/recorder.ts'
import { startServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'
import {
  type Answer,
  approvalIn,
  approve,
  approvedAndEnded,
  ended,
  inReverse,
  isWrite,
  openSite,
  seen,
  somebodyAt,
} from './site.ts'

const SCALE = 'infra.k8s.deployments.scaleDeployment'
const CREATE = 'infra.k8s.pods.createPod'
const codeOf = ({ body }: Answer) => textAt(body, 'code')
const rules = (...lines: string[]) => `rules:\n${lines.map((line) => `  - ${line}\n`).join('')}`

/** A site with a policy, on a cluster with a deployment without pods. */
async function governed(t: TestContext, cluster: TestCluster, policy: (namespace: string) => string, settings = {}) {
  const ends = inReverse(t)
  const namespace = await withNamespace(cluster)
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'shop/web:v1' }] } }
  const spec = { replicas: 0, selector: { matchLabels: labels }, template }
  await cluster.api.create(pathOf(namespace, 'deployments'), { metadata: { name: 'web' }, spec })
  const POLICY_FILE = join(folder(ends), 'policy.yaml')
  await writeFile(POLICY_FILE, policy(namespace))
  const recorder = await startRecorder(ends, cluster)
  const site = await openSite(ends, recorder.kubeconfig, { POLICY_FILE, ...settings })
  // As a mounted ConfigMap does it: another file takes the place. Comes back with what the log then says.
  const change = async (policyOfNow: string) => {
    const known = site.server.logs.length
    await writeFile(`${POLICY_FILE}.new`, policyOfNow)
    await rename(`${POLICY_FILE}.new`, POLICY_FILE)
    const messages = () => site.server.logs.slice(known).map((line) => String(line['msg']))
    return until('the log tells of the policy', () => messages().find((each) => /\bpolicy\b/.test(each)))
  }
  const scale = (replicas: number, by = site.bot) => by.call(SCALE, { namespace, name: 'web', replicas })
  return { site, namespace, recorder, change, scale }
}

clusterTest(
  'what the policy denies is refused by every door, in its words; nobody is asked, and the audit names the rule',
  async (cluster, t) => {
    const policy = rules(`{ name: frozen, match: { operation: '*.createPod' }, deny: no pods by hand }`)
    const { site, namespace, recorder } = await governed(t, cluster, () => policy)
    const input = { namespace, name: 'job', image: 'shop/job:v1' }
    for (const asker of await site.askers()) {
      const answer = await asker.call(CREATE, input)
      assert.equal(at(answer, 'code'), 'policy_denied')
      assert.match(textAt(answer, 'text'), /The policy forbids this \(rule "frozen"\): no pods by hand/)
    }
    const { body } = await site.alice.send('GET', '/approvals?state=open')
    assert.deepEqual(at(body, 'approvals'), [])
    const refused = (await site.audit()).filter(({ event }) => event === 'refuse')
    assert.deepEqual(new Set(refused.map(({ detail }) => detail?.['rule'])), new Set(['frozen']))
    assert.deepEqual(recorder.arrived.filter(isWrite), [])
  },
)

clusterTest(
  'where the policy asks for two people of a group, one is not enough, twice the same is one, and others do not count',
  async (cluster, t) => {
    const policy = rules(`{ name: two, match: { operation: '*' }, require: { approvers: 2, groups: [ops], ttl: 120 } }`)
    const { site, scale, recorder } = await governed(t, cluster, () => policy)
    const spec: Partial<TokenSpec> = { kind: 'person', role: 'approver', groups: ['ops'] }
    const [carol, dora] = [await site.somebody('carol', spec), await site.somebody('dora', spec)]
    const asked = (await scale(1)).body
    const { id } = approvalIn(asked)
    assert.match(textAt(asked, 'next'), /2 people with the role approver \(of ops\) must approve it/)
    assert.equal(Date.parse(textAt(asked, 'expiresAt')) - Date.parse(textAt(asked, 'createdAt')), 120_000)
    assert.equal(codeOf(await approve(site.alice, id)), 'not_an_approver')
    assert.equal(at((await approve(carol, id)).body, 'state'), 'pending')
    assert.equal(codeOf(await approve(carol, id)), 'already_voted')
    assert.deepEqual(recorder.arrived.filter(isWrite), [])
    assert.equal((await approve(dora, id)).status, 200)
    assert.equal(at(await ended(site.alice, id), 'state'), 'succeeded')
  },
)

const AUTO = (namespace: string) =>
  rules(
    `{ name: small scales, match: { operation: '*', namespace: '${namespace}' }, auto: true }`,
    `{ name: pods of the system, match: { namespace: 'kube-*' }, auto: true }`,
  )

clusterTest(
  'what the policy lets through runs without a person, and is said to; the never-auto list holds against the file',
  async (cluster, t) => {
    const { site, namespace, scale } = await governed(t, cluster, AUTO)
    const { status, body } = await site.bot.call(SCALE, { namespace, name: 'web', replicas: 1 }, { prefer: 'wait=20' })
    assert.deepEqual(
      [status, at(body, 'state'), at(body, 'votes'), at(body, 'policy', 'rule')],
      [200, 'succeeded', [], 'small scales'],
    )
    const rows = (await site.audit()).filter(({ approval }) => approval === at(body, 'id'))
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['request', 'auto', 'claim', 'send', 'succeed'],
    )
    assert.equal(rows.find(({ event }) => event === 'auto')?.detail?.['rule'], 'small scales')

    await cluster.api.ensure(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' } })
    const never: readonly (readonly [operation: string, input: Record<string, unknown>])[] = [
      [CREATE, { namespace, name: 'job', image: 'shop/job:v1' }],
      ['infra.k8s.resources.deleteResource', { kind: 'cm', namespace, name: 'settings' }],
      ['infra.k8s.resources.patchResource', { kind: 'cm', namespace, name: 'settings', patch: { data: { a: 'b' } } }],
      [
        'infra.k8s.apply.applyManifest',
        { namespace, yamlContent: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: fresh }' },
      ],
    ]
    for (const [operation, input] of never) {
      const answer = (await site.bot.call(operation, input, { prefer: 'wait=1' })).body
      assert.equal(at(answer, 'state'), 'pending', operation)
      assert.match(textAt(answer, 'policy', 'text'), /rule "small scales" says auto, which never holds here/)
    }
    assert.equal(at((await scale(2)).body, 'state') === 'pending', false)
  },
)

clusterTest(
  'a change of the policy makes what it would judge otherwise stale, and leaves the rest as it is',
  async (cluster, t) => {
    const { site, namespace, scale, recorder, change } = await governed(t, cluster, () => 'rules: []\n')
    const scaling = approvalIn((await scale(1)).body).id
    const creating = approvalIn((await site.bot.call(CREATE, { namespace, name: 'job', image: 'shop/job:v1' })).body).id
    await change(rules(`{ name: freeze, match: { operation: '*.scaleDeployment' }, deny: frozen }`))
    const stale = await seen(site.bot, scaling)
    assert.equal(at(stale, 'state'), 'stale')
    assert.match(textAt(stale, 'next'), /policy has changed and would judge it otherwise/)
    assert.equal(codeOf(await approve(site.alice, scaling)), 'already_decided')
    assert.equal(at(await seen(site.bot, creating), 'state'), 'pending')
    assert.equal(at(await approvedAndEnded(site.alice, creating), 'state'), 'succeeded')
    assert.deepEqual(
      recorder.arrived.filter(isWrite).map(({ method }) => method),
      ['POST'],
    )
  },
)

clusterTest(
  'a policy that asks for more people than before does not let a vote of before count as enough',
  async (cluster, t) => {
    const { site, scale, recorder, change } = await governed(t, cluster, () => 'rules: []\n')
    const { id } = approvalIn((await scale(1)).body)
    await change(rules(`{ name: two, match: {}, require: { approvers: 2 } }`))
    assert.notEqual((await approve(site.alice, id)).status, 200)
    assert.equal(at(await seen(site.alice, id), 'state'), 'stale')
    assert.deepEqual(recorder.arrived.filter(isWrite), [])
  },
)

clusterTest(
  'an invalid policy on reload: the old one goes on to hold, and the log says so with line and column',
  async (cluster, t) => {
    const { scale, change } = await governed(t, cluster, () =>
      rules(`{ name: frozen, match: { operation: '*' }, deny: frozen }`),
    )
    const told = await change('rules:\n  - { name: x, match: {}, auto: yes please }\n')
    assert.match(told, /^the policy of before goes on to hold: /)
    assert.match(told, /line 2, column \d+/)
    assert.equal(codeOf(await scale(1)), 'policy_denied')
    assert.match(await change('rules: []\n'), /^the policy has changed/)
    assert.equal((await scale(1)).status, 202)
  },
)

for (const [what, text, fault] of [
  ['that is no YAML', 'rules: [', /line 1, column \d+/],
  [
    'with an unknown field',
    'rules:\n  - name: a\n    mach: {}\n    deny: true\n',
    /line 3, column \d+: rules\.0\.mach is not a field of a policy/,
  ],
  [
    'with two decisions in a rule',
    'rules:\n  - name: a\n    deny: true\n    auto: true\n',
    /line 2, column \d+: rule "a" must have exactly one of deny, require and auto/,
  ],
] as const)
  test(`a policy ${what} stops the start with line and column, before anything listens`, async (t) => {
    const POLICY_FILE = join(folder(t), 'policy.yaml')
    await writeFile(POLICY_FILE, text)
    const server = startProcess(t, [], { POLICY_FILE, KUBECONFIG: '/nonexistent', WEBCONTROL_PORT: '0' })
    assert.notEqual(await server.exit, 0)
    assert.match(server.stderr(), /^k8s-mcp: POLICY_FILE: The policy .*policy\.yaml cannot be used: /m)
    assert.match(server.stderr(), fault)
    assert.doesNotMatch(server.stdout(), /listening/)
  })

test('a policy file that is not there stops the start, and one that is right does not', async (t) => {
  const missing = startProcess(t, [], {
    POLICY_FILE: '/nonexistent/policy.yaml',
    KUBECONFIG: '/nonexistent',
    WEBCONTROL_PORT: '0',
  })
  assert.notEqual(await missing.exit, 0)
  assert.match(missing.stderr(), /cannot be read \(ENOENT\)/)
  const POLICY_FILE = join(folder(t), 'policy.yaml')
  await writeFile(POLICY_FILE, 'rules: []\n')
  const server = startProcess(t, [], { POLICY_FILE, KUBECONFIG: '/nonexistent', WEBCONTROL_PORT: '0' })
  assert.ok((await getJson(`${await addressOf(server)}/status`))['version'])
})

clusterTest(
  'alone on loopback a person may confirm their own request by a second act; a second person, and nobody may any more',
  async (cluster, t) => {
    const ends = inReverse(t)
    const namespace = await withNamespace(cluster)
    const server = await startServer(ends, { KUBECONFIG: cluster.kubeconfig })
    const person = async (subject: string) =>
      somebodyAt(
        server.url,
        bearer((await makeToken(server.application, { kind: 'person', subject, role: 'approver' })).token),
      )
    const alone = await person(accountName())
    const job = (name: string) => ({ namespace, name, image: 'shop/job:v1' })
    const { id } = approvalIn((await alone.call(CREATE, job('one'))).body)
    assert.equal(codeOf(await approve(alone, id)), 'confirmation_needed')
    assert.equal((await approve(alone, id, { confirm: true })).status, 200)
    assert.equal(at(await ended(alone, id), 'state'), 'succeeded')
    // An agent never may, whoever's it is.
    const agent = somebodyAt(
      server.url,
      bearer((await makeToken(server.application, { subject: accountName(), role: 'admin' })).token),
    )
    const asked = approvalIn((await agent.call(CREATE, job('two'))).body).id
    assert.equal(codeOf(await approve(agent, asked, { confirm: true })), 'person_needed')
    const open = approvalIn((await alone.call(CREATE, job('three'))).body).id
    await person('somebody-else')
    await until('the policy holds for two', async () =>
      at(await seen(alone, open), 'state') === 'stale' ? true : undefined,
    )
    const again = approvalIn((await alone.call(CREATE, job('three'))).body).id
    assert.equal(codeOf(await approve(alone, again, { confirm: true })), 'own_request')
  },
)
