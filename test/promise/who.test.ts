import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { type Role, ROLES } from '../../src/call.ts'
import { accountName } from '../../src/account.ts'
import { wireName } from '../../src/mcp/tools.ts'
import { clientAddress, placeOf } from '../../src/socket/address.ts'
import { SocketClient } from '../../src/socket/client.ts'
import { pathOf } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { sendRaw } from '../support/raw.ts'
import { type Recorder, startRecorder } from '../support/recorder.ts'
import { bearer, makeToken } from '../support/tokens.ts'
import {
  type Answer,
  approvalIn,
  approve,
  type Asker,
  ended,
  inReverse,
  isWrite,
  openSite,
  seen,
  type Site,
  type Somebody,
} from './site.ts'

const PATCH = 'infra.k8s.resources.patchResource'
const codeOf = ({ body }: Answer) => textAt(body, 'code')
const HOLDERS = ROLES.filter((role): role is Exclude<Role, 'none'> => role !== 'none')

suite('no agent’s credential can approve, by any door, and nobody approves what they asked for themselves', {
  skip: skipWithoutCluster(),
}, () => {
  let cluster: TestCluster
  let recorder: Recorder
  let site: Site
  let namespace: string
  const work: (() => unknown)[] = []
  const ends = inReverse({ after: (each) => work.push(each) })
  before(async () => {
    cluster = await testCluster()
    namespace = await withNamespace(cluster)
    await cluster.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { turn: '0' } })
    recorder = await startRecorder(ends, cluster)
    site = await openSite(ends, recorder.kubeconfig)
  })
  after(async () => {
    for (const each of work) await each()
  })

  let turn = 0
  const input = () => ({
    kind: 'cm',
    namespace,
    name: 'settings',
    type: 'merge',
    patch: { data: { turn: String((turn += 1)) } },
  })
  const asked = async (by: Somebody) => {
    recorder.take()
    const { body } = await by.call(PATCH, input())
    return approvalIn(body)
  }
  // Each by an agent of its own: one may have only so many open.
  const shown = async () => {
    const { id } = await asked(await site.somebody(`bot-${turn}`))
    return { id, digest: textAt(await seen(site.alice, id), 'digest') }
  }

  /** Nothing came of all that: it waits, has no vote, and nothing was written. */
  async function stillWaits(id: string): Promise<void> {
    const now = await seen(site.alice, id)
    assert.deepEqual([at(now, 'state'), at(now, 'votes')], ['pending', []])
    assert.deepEqual(recorder.take().filter(isWrite), [])
  }

  /** Every decision of people, as this somebody sends it by REST. */
  const decisions = async (by: Somebody, id: string, digest: string): Promise<string[]> => {
    const reason = 'because'
    const bodies = {
      approve: { digest, confirm: true, reason },
      deny: { reason },
      resolve: { outcome: 'succeeded', reason },
    }
    return Promise.all(
      Object.entries(bodies).map(async ([word, body]) =>
        codeOf(await by.send('POST', `/approvals/${id}/${word}`, body)),
      ),
    )
  }

  for (const kind of ['agent', 'service'] as const)
    for (const role of HOLDERS)
      test(`the token of ${kind === 'agent' ? 'an agent' : 'a service'} with the role ${role} decides nothing, by REST`, async () => {
        const other = await site.somebody(`${kind}-${role}`, { kind, role })
        const { id, digest } = await shown()
        assert.deepEqual(await decisions(other, id, digest), ['person_needed', 'person_needed', 'person_needed'])
        await stillWaits(id)
      })

  for (const role of ['viewer', 'requester'] as const)
    test(`a person with the role ${role} decides nothing`, async () => {
      const person = await site.somebody(`person-${role}`, { kind: 'person', role })
      const { id, digest } = await shown()
      assert.deepEqual(await decisions(person, id, digest), ['role_needed', 'role_needed', 'role_needed'])
      await stillWaits(id)
    })

  test('who sends no credential decides nothing, nor who sends one that is not accepted', async () => {
    const { id, digest } = await shown()
    assert.deepEqual(await decisions(site.nobody, id, digest), ['person_needed', 'person_needed', 'person_needed'])
    for (const authorization of ['Bearer nonsense', 'Basic YWxpY2U6eA==', `Bearer k8smcp_person_${'A'.repeat(43)}`]) {
      const sent = await site.nobody.send('POST', `/approvals/${id}/approve`, { digest }, { authorization })
      assert.deepEqual([sent.status, codeOf(sent)], [401, 'unauthenticated'])
    }
    await stillWaits(id)
  })

  test('a person does not approve what they asked for themselves, whatever they say beside it', async () => {
    const carol = await site.somebody('carol', { kind: 'person', role: 'admin' })
    const { id, digest } = await asked(carol)
    for (const more of [{}, { confirm: true }, { confirm: true, reason: 'it is mine' }])
      assert.equal(codeOf(await carol.send('POST', `/approvals/${id}/approve`, { digest, ...more })), 'own_request')
    // Another token of the same person is the same person.
    const again = await site.somebody('carol', { kind: 'person', role: 'approver' })
    assert.equal(codeOf(await approve(again, id, { confirm: true })), 'own_request')
    await stillWaits(id)
    assert.equal((await approve(site.alice, id)).status, 200)
    assert.equal(at(await ended(site.alice, id), 'state'), 'succeeded')
  })

  test('a person approves what their own agent asked for: kind comes from the credential, not from the name', async () => {
    const agent = await site.somebody('alice', { kind: 'agent' })
    const { id } = await asked(agent)
    assert.equal(codeOf(await approve(agent, id)), 'person_needed')
    assert.equal((await approve(site.alice, id)).status, 200)
    assert.equal(at(await ended(site.alice, id), 'state'), 'succeeded')
  })

  test('no tool approves, by MCP or stdio, under any name, whoever holds the connection', async () => {
    const { id, digest } = await shown()
    const { token } = await makeToken(site.server.application, { kind: 'person', subject: 'dora', role: 'admin' })
    const clients = [await site.server.mcp(), await site.server.mcp(bearer(token))]
    const words = ['approve', 'deny', 'resolve'].map((word) => `infra.k8s.approvals.${word}`)
    const names = words.flatMap((name) => [name, wireName(name), name.split('.').at(-1) ?? ''])
    const told = { id, digest, reason: 'x', outcome: 'succeeded', confirm: true }
    for (const client of clients)
      for (const name of names)
        await assert.rejects(client.callTool({ name, arguments: told }), /No (tool|operation)/, name)
    for (const asker of (await askers()).filter(({ door }) => door !== 'REST'))
      for (const name of names)
        await assert.rejects(asker.call(name, told), /No (tool|operation)/, `${asker.door} ${name}`)
    await stillWaits(id)
  })

  let opened: Promise<Asker[]> | undefined
  const askers = () => (opened ??= site.askers())

  test('an "accept", or any word like it, in what a tool is given does nothing: it is refused as an unknown parameter', async () => {
    const extras = [
      { accept: true },
      { action: 'accept' },
      { approved: true },
      { confirm: true },
      { digest: 'x' },
      { approve: 'yes' },
    ]
    recorder.take()
    for (const asker of await askers())
      for (const extra of extras)
        assert.equal(at(await asker.call(PATCH, { ...input(), ...extra }), 'code'), 'bad_input')
    assert.deepEqual(recorder.take().filter(isWrite), [])
  })

  test('no client is ever asked to accept anything: the server sends no elicitation, though the client offers it', async () => {
    const client = new Client(
      { name: 'eager', version: '1' },
      { capabilities: { elicitation: { form: {}, url: {} }, sampling: {} } },
    )
    const requests: string[] = []
    client.fallbackRequestHandler = async ({ method }) => {
      requests.push(method)
      return { action: 'accept', content: {} }
    }
    client.setRequestHandler('elicitation/create', async () => {
      requests.push('elicitation/create')
      return { action: 'accept', content: {} }
    })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${site.server.url}/mcp`)))
    ends.after(() => client.close())
    const answer = await client.callTool({ name: wireName(PATCH), arguments: input() })
    const { id } = approvalIn(answer.structuredContent)
    await client.callTool({ name: 'k8s_approvals_get_approval', arguments: { id, wait: 1 } })
    assert.deepEqual(requests, [])
    await stillWaits(id)
  })

  test('a page of another origin, or under another name of this host, decides nothing, also with a person’s token', async () => {
    const { id, digest } = await shown()
    const { token } = await makeToken(site.server.application, { kind: 'person', subject: 'erin', role: 'approver' })
    const { host, port } = new URL(site.server.url)
    const headers = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `https://${host}` },
      { host: `evil.example:${port}` },
      { host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
    ]
    for (const each of headers) {
      const path = `/approvals/${id}/approve`
      const body = JSON.stringify({ digest })
      const type = { 'content-type': 'application/json' }
      const { status } = await sendRaw(site.server.url, {
        method: 'POST',
        path,
        body,
        headers: { ...type, ...bearer(token), ...each },
      })
      assert.ok([403, 421].includes(status), `${JSON.stringify(each)}: ${status}`)
    }
    await stillWaits(id)
  })

  test('a form can send no decision: neither its types, nor a GET, nor a HEAD', async () => {
    const { id, digest } = await shown()
    const path = `/approvals/${id}/approve`
    const form = new URLSearchParams({ digest }).toString()
    for (const type of [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/yaml',
    ]) {
      const { status } = await site.alice.send('POST', path, form, { 'content-type': type })
      assert.equal(status, 415, type)
    }
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
      assert.equal((await site.alice.send(method, `${path}?digest=${digest}`)).status, 405, method)
    await stillWaits(id)
  })

  test('a request to approve that was altered, or is sent again for another approval, is refused', async () => {
    const [one, two] = [await shown(), await shown()]
    const send = (id: string, body: object) => site.alice.send('POST', `/approvals/${id}/approve`, body)
    assert.notEqual(one.digest, two.digest)
    assert.equal(codeOf(await send(one.id, { digest: two.digest })), 'digest_mismatch')
    const flipped = one.digest.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    for (const digest of [
      flipped,
      one.digest.toUpperCase(),
      one.digest.slice(0, -1),
      `${one.digest}0`,
      one.digest.replace('sha256:', ''),
    ])
      assert.equal(codeOf(await send(one.id, { digest })), 'digest_mismatch')
    for (const more of [{ id: two.id }, { input: input() }, { plan: {} }, { steps: {} }, { principal: 'person:bob' }])
      assert.equal(codeOf(await send(one.id, { digest: one.digest, ...more })), 'bad_input', JSON.stringify(more))
    await stillWaits(one.id)
    await stillWaits(two.id)
  })

  test('a person decides by REST and in a terminal, and the audit says who, by which door', async () => {
    const [one, two] = [await shown(), await shown()]
    assert.equal((await approve(site.alice, one.id)).status, 200)
    // The second patches what the first has just changed.
    await ended(site.alice, one.id)
    await askers()
    const terminal = new SocketClient(clientAddress(placeOf(site.server.application.core.config)))
    await terminal.json({ method: 'POST', path: `/approvals/${two.id}/approve`, body: { digest: two.digest } })
    await ended(site.alice, two.id)
    const rows = (await site.audit()).filter(({ event }) => event === 'approve')
    const of = ({ id }: { id: string }) =>
      rows.filter(({ approval }) => approval === id).map(({ principal, door }) => [principal, door])
    assert.deepEqual([of(one), of(two)], [[['person:alice', 'rest']], [[`person:${accountName()}`, 'terminal']]])
  })

  test('each attempt to decide that was refused is in the audit, with who tried', async () => {
    const { id, digest } = await shown()
    await decisions(site.bot, id, digest)
    await site.alice.send('POST', `/approvals/${id}/approve`, { digest: 'sha256:0' })
    const rows = await site.audit()
    const refused = rows.filter(({ event, principal }) => event === 'refused' && principal === 'agent:bot')
    assert.ok(refused.length >= 3)
    assert.ok(refused.every(({ detail }) => detail?.['code'] === 'person_needed'))
    const wrong = rows.findLast(({ event }) => event === 'decision_refused')
    assert.deepEqual(
      [wrong?.principal, wrong?.detail?.['code'], wrong?.detail?.['approval']],
      ['person:alice', 'digest_mismatch', id],
    )
  })

  test('an agent sees its own requests and nobody else’s, and learns nothing of another’s', async () => {
    const { id } = await asked(site.bot)
    const other = await site.somebody('other-bot', { role: 'admin' })
    for (const path of [`/approvals/${id}`, `/approvals/${id}?wait=1`])
      assert.equal(codeOf(await other.send('GET', path)), 'approval_not_found')
    for (const word of ['cancel', 'undo'])
      assert.equal(codeOf(await other.send('POST', `/approvals/${id}/${word}`)), 'approval_not_found')
    const ids = async (by: Somebody) =>
      listAt((await by.send('GET', '/approvals?limit=100')).body, 'approvals').map((each) => textAt(each, 'id'))
    assert.deepEqual(await ids(other), [])
    assert.ok((await ids(site.bot)).includes(id) && (await ids(site.alice)).includes(id))
    await stillWaits(id)
  })

  test('nobody approves by waiting: who waits is answered when the time is over, and it still waits', async () => {
    const { body } = await site.bot.call(PATCH, input(), { prefer: 'wait=1' })
    const { id, state } = approvalIn(body)
    assert.equal(state, 'pending')
    await stillWaits(id)
  })
})
