import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test, type TestContext } from 'node:test'
import { pathOf } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { at, scalarAt, textAt } from '../support/json.ts'
import { addressOf, folder, startProcess } from '../support/process.ts'
import { bearer } from '../support/tokens.ts'
import {
  endedEarly,
  approvalIn,
  approvedAndEnded,
  type Asker,
  inReverse,
  mcpAskerAt,
  openSite,
  restAsker,
  seen,
  somebodyAt,
  stdioAsker,
} from './site.ts'

const CREATE = 'infra.k8s.pods.createPod'

/** Runs a sub-command of `k8s-mcp` to its end. */
async function command(t: TestContext, data: string, args: readonly string[]) {
  const started = startProcess(t, args, { DATA_DIR: data })
  const code = await started.exit
  return { code, out: started.stdout(), err: started.stderr() }
}

/** The real server as a process of its own, and a person with a token. */
async function running(t: TestContext, kubeconfig: string, data: string, token: string) {
  const server = startProcess(t, [], { DATA_DIR: data, KUBECONFIG: kubeconfig, WEBCONTROL_PORT: '0' })
  const url = await addressOf(server)
  const kill = async () => {
    server.child.kill('SIGKILL')
    await server.exit
  }
  return { url, kill, alice: somebodyAt(url, bearer(token)), agent: somebodyAt(url, {}) }
}

const personToken = async (t: TestContext, data: string) =>
  (
    await command(t, data, ['token', 'create', '--kind', 'person', '--subject', 'alice', '--role', 'approver'])
  ).out.trim()

const DOORS: Readonly<
  Record<string, (t: TestContext, url: string, settings: Record<string, string>) => Promise<Asker>>
> = {
  REST: async (_t, url) => restAsker(somebodyAt(url, {})),
  MCP: (t, url) => mcpAskerAt(t, url),
  stdio: (t, _url, settings) => stdioAsker(t, settings),
}

clusterTest(
  'everything is on disk before it is acknowledged: what was asked for, by every door, survives a kill -9',
  async (cluster, t) => {
    const [data, namespace] = [folder(t), await withNamespace(cluster)]
    const token = await personToken(t, data)
    const asked: ReturnType<typeof approvalIn>[] = []
    for (const [door, open] of Object.entries(DOORS)) {
      const server = await running(t, cluster.kubeconfig, data, token)
      for (const before of asked) assert.deepEqual(approvalIn(await seen(server.alice, before.id)), before)
      const asker = await open(t, server.url, { DATA_DIR: data, KUBECONFIG: cluster.kubeconfig })
      asked.push(
        approvalIn(await asker.call(CREATE, { namespace, name: `by-${door.toLowerCase()}`, image: 'shop/job:v1' })),
      )
      await server.kill()
    }
    const server = await running(t, cluster.kubeconfig, data, token)
    for (const each of asked) {
      const now = await seen(server.alice, each.id)
      assert.deepEqual([approvalIn(now), at(now, 'state')], [each, 'pending'])
    }
    // What was put back from the disk is what runs.
    assert.equal(at(await approvedAndEnded(server.alice, asked[0]?.id ?? ''), 'state'), 'succeeded')
  },
)

clusterTest(
  'everything is on disk before it is acknowledged: a decision survives a kill -9, and so does a token',
  async (cluster, t) => {
    const [data, namespace] = [folder(t), await withNamespace(cluster)]
    const token = await personToken(t, data)
    const first = await running(t, cluster.kubeconfig, data, token)
    const ask = async (name: string) =>
      approvalIn((await first.agent.call(CREATE, { namespace, name, image: 'shop/job:v1' })).body)
    const [denied, cancelled] = [await ask('denied'), await ask('cancelled')]
    await first.agent.send('POST', `/approvals/${cancelled.id}/cancel`)
    const { status, body } = await first.alice.send('POST', `/approvals/${denied.id}/deny`, { reason: 'not today' })
    await first.kill()
    assert.equal(status, 200)
    const second = await running(t, cluster.kubeconfig, data, token)
    assert.equal(at(await seen(second.alice, cancelled.id), 'state'), 'cancelled')
    const now = await seen(second.alice, denied.id)
    assert.deepEqual(
      ['state', 'endedBy', 'reason', 'endedAt'].map((field) => at(now, field)),
      ['state', 'endedBy', 'reason', 'endedAt'].map((field) => at(body, field)),
    )
    assert.equal(at(now, 'state'), 'denied')
  },
)

/** What somebody with the file does to its audit; the triggers that forbid it are gone first. */
const TAMPERED: Readonly<Record<string, { tamper: string; fault: RegExp; needsHead?: true }>> = {
  'a row was altered': {
    tamper: `UPDATE audit SET body = json_set(body, '$.principal', 'person:mallory') WHERE seq = 3`,
    fault: /^Row 3: it was altered/,
  },
  'a detail of a row was altered': {
    tamper: `UPDATE audit SET body = json_set(body, '$.detail.reason', 'fine') WHERE seq = (SELECT max(seq) FROM audit)`,
    fault: /^Row \d+: it was altered/,
  },
  'a row was removed': {
    tamper: 'DELETE FROM audit WHERE seq = 4',
    fault: /^Row 4: row 4 should follow, and it is row 5/,
  },
  'the first row was removed': { tamper: 'DELETE FROM audit WHERE seq = 1', fault: /^Row 1: / },
  'two rows changed places': {
    tamper: `CREATE TEMP TABLE pair AS SELECT seq, body FROM audit WHERE seq IN (3, 4);
      UPDATE audit SET body = (SELECT body FROM pair WHERE pair.seq = 7 - audit.seq) WHERE seq IN (3, 4)`,
    fault: /^Row 3: /,
  },
  'its tail was cut off': {
    tamper: 'DELETE FROM audit WHERE seq >= (SELECT max(seq) - 1 FROM audit)',
    // The server that looks has written a row of its own in its place.
    fault: /it is not the row of the given head: the chain was made anew|its tail was cut off/,
    needsHead: true,
  },
}

suite('an audit log that shows tampering', { skip: skipWithoutCluster() }, () => {
  /** A data folder with the audit of one change from request to end, and its head as an answer carried it. */
  async function audited(t: TestContext, cluster: TestCluster) {
    const ends = endedEarly(t)
    const data = folder(t)
    const site = await openSite(ends, cluster.kubeconfig, { DATA_DIR: data })
    const input = { namespace: await withNamespace(cluster), name: 'job', image: 'shop/job:v1' }
    const asked = await site.bot.call(CREATE, input, { 'x-correlation-id': 'my-order' })
    const { id } = approvalIn(asked.body)
    const end = await approvedAndEnded(site.alice, id)
    const rows = await site.audit()
    const logs = site.server.logs
    await ends.end()
    return { data, id, asked: asked.body, end, rows, logs }
  }
  const headOf = (view: unknown) => `${scalarAt(view, 'audit', 'seq')}:${textAt(view, 'audit', 'head')}`

  test('each answer carries a head that the audit has, and each step of the change has its row, joined to the log', async (t) => {
    const { id, asked, end, rows, logs } = await audited(t, await testCluster())
    for (const view of [asked, end])
      assert.equal(rows.find(({ seq }) => seq === at(view, 'audit', 'seq'))?.hash, textAt(view, 'audit', 'head'))
    const own = rows.filter(({ approval }) => approval === id)
    assert.deepEqual(
      own.map(({ event, principal }) => [event, principal]),
      [
        ['request', 'agent:bot'],
        ['ready', 'agent:bot'],
        ['approve', 'person:alice'],
        ['claim', 'service:k8s-mcp'],
        ['send', 'service:k8s-mcp'],
        ['succeed', 'service:k8s-mcp'],
      ],
    )
    assert.ok(own.filter(({ event }) => event !== 'approve').every(({ correlationId }) => correlationId === 'my-order'))
    assert.ok(logs.some((line) => line['correlation_id'] === 'my-order' && line['operation'] === CREATE))
    const approving = own.find(({ event }) => event === 'approve')
    assert.ok(
      logs.some(
        (line) =>
          line['correlation_id'] === approving?.correlationId && line['operation'] === 'infra.k8s.approvals.approve',
      ),
    )
  })

  test('verify finds every row that was altered, removed or put elsewhere, and a tail that was cut off by its head', async (t) => {
    const { data, end } = await audited(t, await testCluster())
    const verify = (where: string, more: readonly string[] = []) => command(t, where, ['audit', 'verify', ...more])
    const head = headOf(end)
    const whole = await verify(data, ['--head', head])
    assert.deepEqual([whole.code, whole.err], [0, ''])
    assert.match(whole.out, /^The audit is whole\./)
    await Promise.all(
      Object.entries(TAMPERED).map(async ([what, { tamper, fault, needsHead }]) => {
        const copy = join(folder(t), 'data')
        cpSync(data, copy, { recursive: true })
        const database = new DatabaseSync(join(copy, 'approvals.sqlite'))
        database.exec(`DROP TRIGGER audit_stays; DROP TRIGGER audit_is_kept; ${tamper}`)
        database.close()
        const found = await verify(copy, ['--head', head])
        assert.equal(found.code, 1, what)
        assert.match(found.out, fault, what)
        if (needsHead === undefined) assert.equal((await verify(copy)).code, 1, what)
      }),
    )
  })

  test('the file itself takes no change of a row that is written', async (t) => {
    const { data } = await audited(t, await testCluster())
    const database = new DatabaseSync(join(data, 'approvals.sqlite'))
    t.after(() => database.close())
    for (const each of ["UPDATE audit SET body = '{}' WHERE seq = 1", 'DELETE FROM audit WHERE seq = 1'])
      assert.throws(() => database.exec(each), /append-only/)
  })
})

clusterTest(
  'everything is on disk before it is acknowledged, and nothing of it is a secret that can be read there',
  async (cluster, t) => {
    const ends = inReverse(t)
    const data = folder(ends)
    const site = await openSite(ends, cluster.kubeconfig, { DATA_DIR: data })
    const namespace = await withNamespace(cluster)
    const secret = `hunter2-${'q'.repeat(20)}`
    await cluster.api.create(pathOf(namespace, 'secrets'), {
      metadata: { name: 'vault' },
      stringData: { word: secret },
    })
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'fresh' }, stringData: { word: secret } }
    const asked = [
      await site.bot.call('infra.k8s.resources.deleteResource', { kind: 'secret', namespace, name: 'vault' }),
      await site.bot.call('infra.k8s.apply.applyManifest', { namespace, yamlContent: JSON.stringify(manifest) }),
    ].map(({ body }) => approvalIn(body).id)
    for (const id of asked) assert.equal(at(await approvedAndEnded(site.alice, id), 'state'), 'succeeded')
    const traces = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1)]
    for (const name of readdirSync(data).filter((each) => statSync(join(data, each)).isFile())) {
      const bytes = readFileSync(join(data, name))
      for (const trace of traces) assert.ok(!bytes.includes(trace), name)
      assert.equal(statSync(join(data, name)).mode & 0o077, 0, `${name} is its owner's alone`)
    }
  },
)
