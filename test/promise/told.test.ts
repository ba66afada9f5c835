import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { wireName } from '../../src/mcp/tools.ts'
import { pathOf } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { bearer, makeToken } from '../support/tokens.ts'
import { approvalIn, approvedAndEnded, type Asker, inReverse, openSite, seen, type Site } from './site.ts'

const PATCH = 'infra.k8s.resources.patchResource'
const UNDO = 'infra.k8s.approvals.undoChange'

suite('agents are told the truth', { skip: skipWithoutCluster() }, () => {
  let cluster: TestCluster
  let site: Site
  let askers: Asker[]
  const work: (() => unknown)[] = []
  before(async () => {
    cluster = await testCluster()
    site = await openSite(inReverse({ after: (each) => work.push(each) }), cluster.kubeconfig)
    askers = await site.askers()
  })
  after(async () => {
    for (const each of work) await each()
  })
  const settings = async () => {
    const namespace = await withNamespace(cluster)
    const path = pathOf(namespace, 'configmaps')
    await cluster.api.create(path, { metadata: { name: 'settings' }, data: { colour: 'blue' } })
    const input = { kind: 'cm', namespace, name: 'settings', type: 'merge', patch: { data: { colour: 'red' } } }
    return { input, colour: async () => at(await cluster.api.get(`${path}/settings`), 'data', 'colour') }
  }

  for (const door of ['REST', 'MCP', 'stdio'] as const)
    test(`nothing has happened yet, who can decide, how to wait; then what happened; then it is undone (by ${door})`, async () => {
      const asker = askers.find((each) => each.door === door)
      assert.ok(asker)
      const { input, colour } = await settings()
      const asked = await asker.call(PATCH, input)
      const { id } = approvalIn(asked)
      const next = textAt(asked, 'next')
      for (const part of [
        /^Nothing has happened yet\./,
        /A person with the role approver must approve it/,
        /You cannot approve it yourself/,
        new RegExp(id),
        /[wW]ait/,
      ])
        assert.match(next, part)
      assert.ok(next.includes(textAt(asked, 'url')))
      assert.equal(await colour(), 'blue')
      assert.equal(approvalIn(await asker.call(PATCH, input)).id, id, 'asked twice, the same comes back')

      const end = await approvedAndEnded(site.alice, id)
      const told = await asker.call('infra.k8s.approvals.getApproval', { id, wait: 50 })
      assert.deepEqual([at(told, 'state'), at(told, 'result')], ['succeeded', at(end, 'result')])
      assert.match(textAt(told, 'next'), /^It happened, as it was approved\./)
      assert.deepEqual(
        [at(told, 'result', 'kind'), at(told, 'result', 'name'), await colour()],
        ['ConfigMap', 'settings', 'red'],
      )

      const undo = approvalIn(await asker.call(UNDO, { id }))
      assert.notEqual(undo.id, id)
      assert.equal(at(await seen(site.alice, undo.id), 'operation'), PATCH)
      assert.equal(await colour(), 'red')
      assert.equal(at(await approvedAndEnded(site.bob, undo.id), 'state'), 'succeeded')
      assert.equal(await colour(), 'blue')
    })

  for (const door of ['REST', 'MCP', 'stdio'] as const)
    test(`who is refused learns why, and what not to do (by ${door})`, async () => {
      const asker = askers.find((each) => each.door === door)
      assert.ok(asker)
      const { input, colour } = await settings()
      const { id } = approvalIn(await asker.call(PATCH, input))
      await site.alice.send('POST', `/approvals/${id}/deny`, { reason: 'red is for emergencies' })
      const told = await asker.call('infra.k8s.approvals.getApproval', { id })
      assert.deepEqual(
        [at(told, 'state'), at(told, 'reason'), at(told, 'endedBy')],
        ['denied', 'red is for emergencies', { kind: 'person', subject: 'alice' }],
      )
      assert.match(textAt(told, 'next'), /^Nothing happened: it was denied by person alice\. Red is for emergencies\./)
      assert.equal(await colour(), 'blue')
      assert.equal(at(await asker.call(UNDO, { id }), 'code'), 'nothing_to_undo')
    })

  test('the text that a model reads says first that nothing has happened; it has what a person must see, and no digest', async () => {
    const { input } = await settings()
    const { token } = await makeToken(site.server.application, { subject: 'reader' })
    const client = await site.server.mcp(bearer(token))
    const { content, structuredContent } = await client.callTool({ name: wireName(PATCH), arguments: input })
    const text = textAt(content, 0, 'text')
    const { id } = approvalIn(structuredContent)
    assert.match(text.slice(0, 400), /Nothing has happened yet/)
    for (const part of [id, 'Patch ConfigMap', 'data.colour', 'red']) assert.ok(text.includes(part), part)
    assert.doesNotMatch(text, /sha256:/)
  })

  test('an agent that the cluster does not allow it learns so at once, and nobody is asked', async () => {
    const { input } = await settings()
    for (const asker of askers) {
      const answer = await asker.call(PATCH, { ...input, context: 'viewer' })
      assert.equal(at(answer, 'code'), 'forbidden', JSON.stringify(answer))
      assert.match(textAt(answer, 'text'), /User "viewer" cannot patch resource "configmaps"/)
    }
    const { body } = await site.alice.send('GET', '/approvals?limit=100')
    assert.ok(listAt(body, 'approvals').every((each) => at(each, 'context') !== 'viewer'))
  })

  test('an agent sees of a secret value only that it is set; the approver sees whether it changes', async () => {
    const namespace = await withNamespace(cluster)
    await cluster.api.create(pathOf(namespace, 'secrets'), {
      metadata: { name: 'vault' },
      stringData: { word: 'right', other: 'old' },
    })
    const patch = { stringData: { word: 'right', other: 'new', more: 'x' } }
    const { body } = await site.bot.call(PATCH, { kind: 'secret', namespace, name: 'vault', type: 'merge', patch })
    const { id } = approvalIn(body)
    const rows = (view: unknown) =>
      Object.fromEntries(listAt(view, 'plan', 'diff', 0, 'changes').map((each) => [at(each, 'path'), at(each, 'to')]))
    assert.deepEqual(new Set(Object.values(rows(body))), new Set(['set']))
    const shown = rows(await seen(site.alice, id))
    assert.deepEqual(
      ['word', 'other', 'more'].map((key) => shown[`data.${key}`]),
      ['unchanged', 'changed', 'set'],
    )
  })
})
