import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { writeFileSync } from 'node:fs'
import { accountName } from '../../src/account.ts'
import { addressOf, folder, getJson, startProcess, until } from '../support/process.ts'
import { SocketClient } from '../../src/socket/client.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { threeContexts } from '../support/home.ts'
import { onTerminal, skipWithoutTerminal, type Terminal } from '../support/pty.ts'

const ENTRY = join(import.meta.dirname, '../../src/server.ts')
const ESCAPE = '\u001b'
const ENTER = '\r'

interface Scene {
  data: string
  url: string
  terminal: Terminal
  server: ReturnType<typeof startProcess>
}

/** A server with three contexts, and `k8s-mcp approvals` on a terminal beside it. */
async function scene(
  t: TestContext,
  env: Record<string, string> = {},
  size: [number, number] = [100, 40],
  args: string[] = [],
): Promise<Scene> {
  const data = folder(t)
  const server = startProcess(t, [], { DATA_DIR: data, WEBCONTROL_PORT: '0', KUBECONFIG: threeContexts(data), ...env })
  const url = await addressOf(server)
  const terminal = onTerminal(
    t,
    [process.execPath, ENTRY, 'approvals', ...args],
    { DATA_DIR: data, HOME: '/nonexistent', ...env },
    size,
  )
  return { data, url, terminal, server }
}

/** An agent asks for a change: it needs no cluster. Answers the id of the approval. */
async function ask({ url }: Pick<Scene, 'url'>, contextName: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/cluster/contexts/current`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ contextName }),
  })
  const { id }: { id: string } = JSON.parse(await answer.text())
  return id
}

/** The same scene with one change asked for, and open on the screen. */
async function opened(t: TestContext, env: Record<string, string> = {}): Promise<Scene & { id: string }> {
  const here = await scene(t, env)
  const id = await ask(here, 'prod')
  await here.terminal.shows(/Switch the current/)
  here.terminal.type(ENTER)
  await here.terminal.shows(/a: approve/)
  return { ...here, id }
}

const stateOf = async ({ url }: Scene, id: string) => (await getJson(`${url}/approvals/${id}`))['state']

suite('k8s-mcp approvals on a terminal', { skip: skipWithoutTerminal() }, () => {
  test('what an agent asks for arrives, is shown, approved by a and y, and runs', async (t) => {
    const here = await scene(t)
    const { terminal } = here
    await terminal.shows(/Nothing waits for you/)
    const id = await ask(here, 'prod')
    await terminal.shows(/> low .*Switch the current context of agent local from dev to/)
    terminal.type(ENTER)
    await terminal.shows(/No warnings[^]*Risk: LOW[^]*- currentContext: dev\n[^]*\+ currentContext: prod[^]*a: approve/)
    terminal.type('a')
    await terminal.shows(/Approve this, exactly as shown\? \(y\/N\)/)
    assert.equal(await stateOf(here, id), 'pending')
    terminal.type('y')
    await terminal.shows(/State: succeeded[^]*u: undo/)
    assert.equal((await getJson(`${here.url}/cluster/contexts/current`))['name'], 'prod')
    terminal.type('qq')
    assert.equal(await terminal.exit, 0)
  })

  test('d denies with the reason that was typed, and whoever asked reads it', async (t) => {
    const here = await opened(t)
    const { terminal, id } = here
    terminal.type('dnot on a Friday')
    await terminal.shows(/not on a Friday_/)
    terminal.type(ENTER)
    await terminal.shows(/State: denied\nReason: not on a Friday \(person/)
    const told = await getJson(`${here.url}/approvals/${id}`)
    assert.deepEqual([told['state'], told['reason']], ['denied', 'not on a Friday'])
    assert.deepEqual(told['endedBy'], { kind: 'person', subject: accountName() })
  })

  test('one’s own request is confirmed by a second act, where the policy lets its asker', async (t) => {
    const policy = join(folder(t), 'policy.yaml')
    writeFileSync(policy, 'rules: [{name: own, require: {self: true}}]')
    const here = await scene(t, { POLICY_FILE: policy })
    const { terminal } = here
    const socket = new SocketClient(join(here.data, 'k8s-mcp.sock'))
    const ownRequest = { method: 'PUT', path: '/cluster/contexts/current', body: { contextName: 'prod' } } as const
    const asked = await socket.json(ownRequest)
    const id = typeof asked === 'object' && asked !== null && 'id' in asked ? String(asked.id) : ''
    await terminal.shows(/Switch the current/)
    terminal.type(ENTER)
    await terminal.shows(/Asked by person[^]*who asked may confirm/)
    terminal.type('ay')
    await terminal.shows(/type the last 4 characters of\s+apr_/)
    terminal.type(`nope${ENTER}`)
    await terminal.shows(/nothing was approved/)
    terminal.type('ay')
    await terminal.shows(/type the last 4/)
    terminal.type(`${id.slice(-4)}${ENTER}`)
    await terminal.shows(/State: succeeded/)
  })

  test('what was decided elsewhere shows at once, and a question about it is withdrawn', async (t) => {
    const here = await opened(t)
    const { terminal, id } = here
    terminal.type('a')
    await terminal.shows(/exactly as shown/)
    const headers = { 'content-type': 'application/json' }
    await fetch(`${here.url}/approvals/${id}/cancel`, { method: 'POST', headers, body: '{"reason":"changed my mind"}' })
    await terminal.shows(/State: cancelled[^]*look again/)
    terminal.type('y')
    assert.equal(await stateOf(here, id), 'cancelled')
  })

  test('a terminal of 40 columns, made larger: nothing is wider than it, nothing is missing', async (t) => {
    const here = await scene(t, {}, [40, 30])
    const { terminal } = here
    const id = await ask(here, 'prod')
    await terminal.shows(/low .*…/)
    terminal.type(ENTER)
    const narrow = await terminal.shows(/lines 1-\d+ of \d+/)
    for (const line of narrow.split('\n')) assert.ok(line.length <= 40, line)
    assert.ok(narrow.replaceAll(/\s/g, '').includes('Switchthecurrentcontextofagentlocalfromdevtoprod'))
    terminal.resize(120, 30)
    await terminal.shows(/Switch the current context of agent local from dev to prod \(/)
    assert.equal(await stateOf(here, id), 'pending')
  })

  test('NO_COLOR takes every colour away; without it risk has one', async (t) => {
    const [plain, colored] = await Promise.all([scene(t, { NO_COLOR: '1' }), scene(t)])
    const sgr = (raw: string) => raw.split(`${ESCAPE}[`).filter((each) => /^\d+(;\d+)*m/.test(each))
    for (const here of [plain, colored]) {
      await ask(here, 'prod')
      await here.terminal.shows(/Switch the current/)
      here.terminal.type(ENTER)
      await here.terminal.shows(/Risk: LOW/)
    }
    assert.deepEqual(sgr(plain.terminal.raw()), [])
    assert.ok(colored.terminal.raw().includes(`${ESCAPE}[32mRisk: LOW`))
  })

  test('a server that goes away is said, and found again when it comes back', async (t) => {
    const here = await scene(t)
    const { terminal, server, data } = here
    await terminal.shows(/Nothing waits for you/)
    server.child.kill('SIGKILL')
    await server.exit
    await terminal.shows(/no connection: trying again/)
    const again = startProcess(t, [], { DATA_DIR: data, WEBCONTROL_PORT: '0', KUBECONFIG: threeContexts(data) })
    await ask({ url: await addressOf(again) }, 'prod')
    const text = await terminal.shows(/Switch the current/)
    assert.doesNotMatch(text, /no connection/)
  })

  test('control-C gives the terminal back as it was', async (t) => {
    const { terminal } = await scene(t)
    await terminal.shows(/Nothing waits for you/)
    terminal.type('\u0003')
    assert.equal(await terminal.exit, 0)
    const raw = terminal.raw()
    for (const [on, off] of [
      ['?1049h', '?1049l'],
      ['?25l', '?25h'],
      ['?2004h', '?2004l'],
    ] as const)
      assert.ok(raw.lastIndexOf(`${ESCAPE}[${off}`) > raw.lastIndexOf(`${ESCAPE}[${on}`), off)
  })

  test('pasted keys decide nothing', async (t) => {
    const here = await opened(t)
    const { terminal, id } = here
    terminal.type(`${ESCAPE}[200~ay${ESCAPE}[201~`)
    terminal.type('j')
    terminal.type('a')
    await terminal.shows(/exactly as shown/)
    terminal.type(`${ESCAPE}[200~y${ESCAPE}[201~n`)
    await terminal.shows(/Nothing was done/)
    assert.equal(await until('the state', () => stateOf(here, id)), 'pending')
  })

  test('an approval is opened by its id, and one that is not there is said', async (t) => {
    const data = folder(t)
    const url = await addressOf(
      startProcess(t, [], { DATA_DIR: data, WEBCONTROL_PORT: '0', KUBECONFIG: threeContexts(data) }),
    )
    const id = await ask({ url }, 'prod')
    const open = (which: string) =>
      onTerminal(t, [process.execPath, ENTRY, 'approvals', which], { DATA_DIR: data, HOME: '/nonexistent' })
    await open(id).shows(new RegExp(`Approval ${id}`))
    await open(`apr_${'0'.repeat(24)}`).shows(/No approval "apr_000/)
  })
})

clusterTest(
  'a change is approved in the terminal, seen to have been done, undone by u, and the undo confirmed',
  async (cluster, t) => {
    if (skipWithoutTerminal() !== false) return t.skip()
    const namespace = await withNamespace(cluster)
    await cluster.kubectl([
      'create',
      'deployment',
      'web',
      '--image=example.test/web:1',
      '--replicas=2',
      '-n',
      namespace,
    ])
    const replicas = async () =>
      (await cluster.kubectl(['get', 'deployment', 'web', '-n', namespace, '-o', 'jsonpath={.spec.replicas}'])).stdout
    const policy = join(folder(t), 'policy.yaml')
    writeFileSync(policy, 'rules: [{name: own, require: {self: true}}]')
    const here = await scene(t, { POLICY_FILE: policy, KUBECONFIG: cluster.kubeconfig })
    const { terminal, url } = here
    const body = JSON.stringify({ replicas: 0 })
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}/cluster/deployment/${namespace}/web/scale`, { method: 'POST', headers, body })
    await terminal.shows(/> \w+ .*web/)
    terminal.type(ENTER)
    await terminal.shows(/WARNING[^]*Risk: [^]*- spec\.replicas: 2\n[^]*\+ spec\.replicas: 0/)
    terminal.type('ay')
    await terminal.shows(/State: succeeded[^]*u: undo/)
    assert.equal((await replicas()).trim(), '0')
    terminal.type('uy')
    await terminal.shows(/State: pending[^]*Asked by person[^]*\+ spec\.replicas: 2/)
    const [, id = ''] = /Approval (apr_\w+)/.exec(await terminal.shows(/Approval apr_/)) ?? []
    terminal.type('ay')
    await terminal.shows(/type the last 4/)
    terminal.type(`${id.slice(-4)}${ENTER}`)
    await terminal.shows(/State: succeeded/)
    assert.equal((await replicas()).trim(), '2')
  },
)
