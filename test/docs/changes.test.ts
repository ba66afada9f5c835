import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Settings } from '../../src/config.ts'
import { freePorts } from '../cluster/ports.ts'
import type { Ends } from '../support/ends.ts'
import { threeContexts } from '../support/home.ts'
import { at, textAt } from '../support/json.ts'
import { addressOf, folder, startProcess, until } from '../support/process.ts'
import { type Receiver, startReceiver } from '../support/webhook.ts'
import { spawnProgram } from '../support/program.ts'
import { allPages } from './pages.ts'

const ENTRY = join(import.meta.dirname, '../../src/server.ts')
const SECRET = 'a-secret-of-the-webhook'

const blocksOf = (path: string, language: string): string[] =>
  allPages
    .filter((page) => page.path === path)
    .flatMap(({ blocks }) => blocks.filter((block) => block.language === language).map(({ text }) => text))

const k8sMcp = (args: readonly string[], data: string): string =>
  execFileSync(process.execPath, [ENTRY, ...args], { encoding: 'utf8', env: { DATA_DIR: data, HOME: data } })

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')

test('every command that a page shows is one of ours, with options and settings that it has', (t) => {
  const data = folder(t)
  const lines = allPages.flatMap(({ blocks }) =>
    blocks.filter(({ language }) => language === 'console').flatMap(({ text }) => text.trim().split('\n')),
  )
  assert.ok(lines.length >= 8)
  for (const line of lines) {
    const words = wordsOf(line)
    const program = words.indexOf('k8s-mcp')
    assert.ok(program >= 0, line)
    const settings = words.slice(0, program).map((word) => word.replace(/=.*/, ''))
    assert.ok(
      settings.every((setting) => setting in Settings.properties),
      line,
    )
    const args = words.slice(program + 1)
    const end = args.findIndex((word) => !/^[a-z]+$/.test(word))
    const command = end < 0 ? args : args.slice(0, end)
    const help = k8sMcp([...command, '--help'], data)
    for (const option of args.filter((word) => word.startsWith('--'))) assert.ok(help.includes(`${option} `), line)
  }
})

test('the policy that a page shows decides as the page says', (t) => {
  const data = folder(t)
  const file = join(data, 'policy.yaml')
  const [policy = ''] = blocksOf('tasks/write-a-policy', 'yaml')
  writeFileSync(file, policy)
  const asked = (...more: string[]): unknown =>
    JSON.parse(k8sMcp(['policy', 'test', '--file', file, '--json', '--operation', 'scaleDeployment', ...more], data))
  const decided = (answer: unknown) => [at(answer, 'decision') ?? at(answer, 'verdict', 'decision'), answer]
  const [auto, all] = decided(asked('--context', 'staging', '--label', 'owner=agents'))
  assert.equal(auto, 'auto', JSON.stringify(all))
  assert.equal(decided(asked('--namespace', 'kube-system'))[0], 'deny')
  assert.equal(decided(asked('--context', 'prod-eu', '--risk', 'high'))[0], 'require')
  assert.equal(decided(asked('--context', 'staging'))[0], 'require')
})

async function relay(t: Ends, chat: Receiver, form: string): Promise<string> {
  const [program = ''] = blocksOf('tasks/be-told-of-approvals', 'js')
  const file = join(folder(t), 'chat.mjs')
  writeFileSync(file, program)
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  spawnProgram(t, file, { NOTIFY_SECRET: SECRET, CHAT_URL: chat.url, CHAT: form, PORT: String(port) })
  await until('the relay answers', async () => (await posted(url, '', '{}')) === 401 || undefined)
  return url
}

const posted = (url: string, signature: string, body: string): Promise<number | undefined> =>
  fetch(url, { method: 'POST', body, headers: { 'k8s-mcp-signature': signature } }).then(
    ({ status }) => status,
    () => undefined,
  )

for (const [form, line] of [
  ['slack', (body: unknown) => textAt(body, 'text')],
  ['teams', (body: unknown) => textAt(body, 'attachments', 0, 'content', 'body', 0, 'text')],
] as const)
  test(`the relay of the page tells ${form} what the server signs, and nothing else`, async (t) => {
    const chat = await startReceiver(t)
    const hook = await relay(t, chat, form)
    const settings = {
      WEBCONTROL_PORT: '0',
      KUBECONFIG: threeContexts(folder(t)),
      NOTIFY_URL: hook,
      NOTIFY_SECRET: SECRET,
    }
    const url = await addressOf(startProcess(t, [], settings))
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}/cluster/contexts/current`, { method: 'PUT', headers, body: '{"contextName":"prod"}' })
    const [told] = await until('the chat is told', () => (chat.posts.length > 0 ? chat.posts : undefined))
    const said = line(JSON.parse(told?.body ?? '{}'))
    assert.match(
      said,
      /^pending, risk low: agent:local asks: Switch the current context .* http:\/\/127\.0\.0\.1:\d+\/approvals\/apr_/,
    )
    const now = Math.floor(Date.now() / 1000)
    assert.equal(await posted(hook, `t=${now},v1=${'0'.repeat(64)}`, '{"state":"pending"}'), 401)
    assert.equal(chat.posts.length, 1)
  })
