import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, type TestContext, test } from 'node:test'
import { addressOf, folder, startProcess } from '../support/process.ts'
import { threeContexts } from '../support/home.ts'

interface Answer {
  code: number | null
  out: string
  err: string
}

async function run(
  t: TestContext,
  data: string,
  args: readonly string[],
  settings: Record<string, string> = {},
): Promise<Answer> {
  const started = startProcess(t, args, { DATA_DIR: data, ...settings })
  const code = await started.exit
  return { code, out: started.stdout(), err: started.stderr() }
}

const json = (answer: Answer): Record<string, unknown> => JSON.parse(answer.out)

/** Starts a server on a data folder, and answers its address. */
const serve = (t: TestContext, data: string, settings: Record<string, string> = {}): Promise<string> =>
  addressOf(startProcess(t, [], { DATA_DIR: data, WEBCONTROL_PORT: '0', KUBECONFIG: threeContexts(data), ...settings }))

const CREATE = ['token', 'create', '--kind', 'agent', '--subject', 'ci', '--role', 'viewer']

for (const running of [true, false]) {
  suite(running ? 'while a server runs' : 'while no server runs', () => {
    const begin = async (t: TestContext): Promise<string> => {
      const data = folder(t)
      if (running) await serve(t, data)
      return data
    }

    test('a token is printed once and alone, listed without itself, and revoked', async (t) => {
      const data = await begin(t)
      const made = await run(t, data, [...CREATE, '--context', 'dev*', '--expires', '30d'])
      assert.equal(made.code, 0, made.err)
      assert.match(made.out, /^k8smcp_agent_[A-Za-z0-9_-]{43}\n$/)
      const [, id = ''] = /Token (tok_\w+) of agent ci, role viewer, until 20/.exec(made.err) ?? []
      const listed = await run(t, data, ['token', 'list'])
      assert.match(listed.out, new RegExp(`${id} +agent +ci +viewer +- +dev\\* +all .*holds until`))
      assert.ok(!listed.out.includes(made.out.trim()))
      const revoked = await run(t, data, ['token', 'revoke', id])
      assert.match(revoked.out, /is revoked/)
      assert.match((await run(t, data, ['token', 'list'])).out, /revoked 20/)
      assert.match((await run(t, data, ['token', 'revoke', 'tok_nobody'])).err, /tok_nobody/)
    })

    test('the audit is verified and exported, and says who made the token', async (t) => {
      const data = await begin(t)
      await run(t, data, CREATE)
      const rows = (await run(t, data, ['audit', 'export'])).out.trimEnd().split('\n')
      const made = rows
        .map((row): Record<string, unknown> => JSON.parse(row))
        .find(({ event }) => event === 'token_created')
      assert.equal(made?.['door'], 'terminal')
      assert.match(String(made?.['principal']), /^person:/)
      const since = await run(t, data, ['audit', 'export', '--since', String(made?.['seq'])])
      assert.ok(!since.out.includes('token_created'))
      const verified = json(
        await run(t, data, [
          'audit',
          'verify',
          '--json',
          '--head',
          `${String(made?.['seq'])}:${String(made?.['hash'])}`,
        ]),
      )
      assert.equal(verified['fault'], undefined)
      const wrong = await run(t, data, ['audit', 'verify', '--head', `1:${'0'.repeat(64)}`])
      assert.equal(wrong.code, 1)
      assert.match(wrong.out, /Row 1: .*made anew/)
    })

    test('a policy that is tried says its rule, what it asks, and what is never automatic', async (t) => {
      const data = await begin(t)
      const file = join(data, 'policy.yaml')
      writeFileSync(
        file,
        'rules:\n  - {name: two, match: {namespace: prod-*}, require: {approvers: 2, groups: [sre]}}\n  - {name: quick, auto: true}\n',
      )
      const tried = async (...args: string[]) => (await run(t, data, ['policy', 'test', '--file', file, ...args])).out
      assert.match(
        await tried('--operation', 'scaleDeployment', '--namespace', 'prod-eu'),
        /2 different people must approve, of sre.*\nRule: two\n/,
      )
      assert.match(
        await tried('--operation', 'scaleDeployment'),
        /done without a person.*\nRule: quick\nAuto: a rule may/,
      )
      assert.match(
        await tried('--operation', 'execInPod'),
        /1 person must approve[^]*Auto: never, whatever a rule says: infra\.k8s\.pods\.execInPod is not on the list/,
      )
      assert.match(await tried('--operation', 'scaleDeployment', '--namespace', 'kube-system'), /Auto: never/)
      writeFileSync(file, 'rules:\n  - {name: bad, auto: maybe}\n')
      const bad = await run(t, data, ['policy', 'test', '--file', file, '--operation', 'scaleDeployment'])
      assert.equal(bad.code, 1)
      assert.match(bad.err, /line 2, column \d+/)
    })
  })
}

test('a token that was made while no server ran holds once one does', async (t) => {
  const data = folder(t)
  const token = (await run(t, data, CREATE)).out.trim()
  const url = await serve(t, data)
  const asked = async (bearer: string) =>
    (await fetch(`${url}/cluster/contexts`, { headers: { authorization: `Bearer ${bearer}` } })).status
  assert.equal(await asked(token), 200)
  assert.equal(await asked(`${token.slice(0, -1)}_`), 401)
})

test('a policy is judged by the one that the running server holds', async (t) => {
  const data = folder(t)
  const file = join(data, 'policy.yaml')
  writeFileSync(file, 'rules: [{name: never, deny: "not on Fridays"}]')
  await serve(t, data, { POLICY_FILE: file })
  const { out } = await run(t, data, ['policy', 'test', '--operation', 'deletePod'])
  assert.match(out, /denied; nobody is asked[^]*Rule: never \(not on Fridays\)/)
})

test('a row that was altered behind the store’s back is found', async (t) => {
  const data = folder(t)
  await run(t, data, CREATE)
  await run(t, data, CREATE)
  const database = new DatabaseSync(join(data, 'approvals.sqlite'))
  database.exec('DROP TRIGGER audit_stays; UPDATE audit SET body = replace(body, \'"ci"\', \'"me"\') WHERE seq = 2')
  database.close()
  const { code, out } = await run(t, data, ['audit', 'verify'])
  assert.equal(code, 1)
  assert.match(out, /Row 2: it was altered/)
})

test('approvals without a server shows what is stored, and writes nothing', async (t) => {
  const data = folder(t)
  const server = startProcess(t, [], { DATA_DIR: data, WEBCONTROL_PORT: '0', KUBECONFIG: threeContexts(data) })
  const asked = await fetch(`${await addressOf(server)}/cluster/contexts/current`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ contextName: 'prod' }),
  })
  assert.equal(asked.status, 202)
  const { id }: { id: string } = JSON.parse(await asked.text())
  const live = await run(t, data, ['approvals'])
  assert.match(live.out, new RegExp(`${id} +pending +low +\\d+m \\d+s +agent:local +Switch the current context`))
  assert.equal(live.err, '')
  // Killed, so that what it stored last is still in the write-ahead log beside the file.
  server.child.kill('SIGKILL')
  await server.exit
  const before = readFileSync(join(data, 'approvals.sqlite'))
  const stored = await run(t, data, ['approvals'])
  assert.match(stored.out, new RegExp(id))
  assert.match(stored.err, /no server is running.*k8s-mcp/)
  const one = await run(t, data, ['approvals', id])
  assert.match(one.out, /\+ currentContext: prod|- currentContext: dev/)
  const scripted = json(await run(t, data, ['approvals', '--json']))
  assert.ok(Array.isArray(scripted['approvals']) && scripted['approvals'].length === 1)
  assert.ok(readFileSync(join(data, 'approvals.sqlite')).equals(before), 'the store was written to')
})

const WRONG: [what: string, args: string[], says: RegExp][] = [
  ['an unknown command', ['tokn', 'list'], /"tokn" is not a command\. Did you mean token\?/],
  ['an unknown word of a group', ['token', 'creat'], /"token creat" is not a command\. Did you mean token create\?/],
  ['an unknown flag', ['token', 'list', '--jsn'], /Unknown option '--jsn'\. Did you mean --json\?/],
  [
    'a kind that is none',
    ['token', 'create', '--kind', 'persn', '--subject', 'a', '--role', 'viewer'],
    /--kind "persn".*Did you mean person\?/,
  ],
  ['a missing flag', ['token', 'create', '--kind', 'agent', '--role', 'viewer'], /--subject is missing/],
  ['a time that is none', [...CREATE, '--expires', 'soon'], /--expires "soon" is no time/],
  ['a time that is over', [...CREATE, '--expires', '2020-01-01'], /is over already/],
  ['an operation that is none', ['policy', 'test', '--operation', 'scaleDeploymnt'], /Did you mean scaleDeployment\?/],
  ['a read as an operation', ['policy', 'test', '--operation', 'listPods'], /is not a change/],
  ['a head that is none', ['audit', 'verify', '--head', '3'], /SEQ:HASH/],
  ['a token instead of its id', ['token', 'revoke', `k8smcp_agent_${'x'.repeat(43)}`], /give its ID/],
]

for (const [what, args, says] of WRONG)
  test(`${what} is refused with one clear line`, async (t) => {
    const { code, err, out } = await run(t, folder(t), args)
    assert.equal(code, 64)
    assert.match(err, says)
    assert.equal(err.trimEnd().split('\n').length, 1)
    assert.equal(out, '')
  })

for (const words of [
  'approvals',
  'token create',
  'token list',
  'token revoke',
  'policy test',
  'audit verify',
  'audit export',
])
  test(`${words} --help says how it is used`, async (t) => {
    const { code, out } = await run(t, folder(t), [...words.split(' '), '--help'])
    assert.equal(code, 0)
    assert.ok(out.startsWith(`Usage: k8s-mcp ${words}`))
    assert.ok(Math.max(...out.split('\n').map((line) => line.length)) <= 130)
  })
