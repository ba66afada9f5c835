import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { problems } from '../../src/errors.ts'
import { listAt, textAt } from '../support/json.ts'
import { folder } from '../support/process.ts'
import { startServer } from '../support/server.ts'
import { allPages, type Page } from './pages.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SETUP = allPages.find(({ path }) => path === 'tasks/kubernetes-setup')
assert.ok(SETUP !== undefined)

/** Programs of others that pages tell a reader to run. */
const PROGRAMS = ['kubectl', 'helm', 'docker', 'kind', 'sudo', 'printf']

const blocksOf = ({ blocks }: Page, wanted: string) =>
  blocks.filter(({ language }) => language === wanted).map(({ text }) => text.trim())

test('commands for the reader’s own machine are of known programs, and name folders that are there', () => {
  const lines = allPages.flatMap((page) => blocksOf(page, 'sh').flatMap((block) => block.split('\n')))
  assert.ok(lines.length > 10)
  for (const line of lines) {
    assert.ok(PROGRAMS.includes(line.split(' ')[0] ?? ''), line)
    for (const [path = ''] of line.matchAll(/\bdeploy\/\w+(?= )|\bdeploy\/\w+$/g))
      assert.ok(path === 'deploy/k8s-mcp' || existsSync(join(ROOT, path)), line)
  }
})

test('the kubeconfig of the setup page is one that the server takes, and it checks the name it says', async (t) => {
  const [kubeconfig = ''] = blocksOf(SETUP, 'yaml')
  const file = join(folder(t), 'config')
  writeFileSync(file, kubeconfig, { mode: 0o600 })
  const server = await startServer(t, { KUBECONFIG: file })
  const { body } = await server.rest('/cluster/contexts')
  const [context] = listAt(body, 'items')
  assert.equal(textAt(context, 'name'), 'docker-desktop')
  assert.match(kubeconfig, /tls-server-name: localhost/)
})

test('what the setup page says of an absent or forbidden plugin is what the server says', async (t) => {
  const exec = (command: string) => ({
    apiVersion: 'client.authentication.k8s.io/v1',
    command,
    interactiveMode: 'Never',
  })
  for (const [command, quoted] of [
    ['gke-gcloud-auth-plugin', problems.pluginMissing('gke-gcloud-auth-plugin', 'prod', undefined).message],
    ['my-login', problems.pluginNotAllowed('my-login', 'prod').message],
  ] as const) {
    assert.ok(SETUP.body.includes(quoted), quoted)
    const file = join(folder(t), 'config')
    const config = {
      'current-context': 'prod',
      clusters: [{ name: 'prod', cluster: { server: 'https://127.0.0.1:1' } }],
      contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'prod' } }],
      users: [{ name: 'prod', user: { exec: exec(command) } }],
    }
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
    const server = await startServer(t, { KUBECONFIG: file, PATH: '/nonexistent' })
    assert.ok((await server.rest('/cluster/namespaces')).text.includes(quoted.replaceAll('"', '\\"')), quoted)
  }
})
