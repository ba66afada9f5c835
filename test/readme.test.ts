import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { clusterTest, withNamespace } from './cluster/shared.ts'
import { addressOf, folder, getJson, startProcess, until } from './support/process.ts'
import { startServer } from './support/server.ts'

const ROOT = join(import.meta.dirname, '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const CI = readFileSync(join(ROOT, '.ci/run'), 'utf8')
const HOME = 'http://127.0.0.1:8008'

const blocks = (language: string) =>
  [...README.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, body = '']) => body.trim())
const commands = blocks('sh').flatMap((block) => block.split('\n'))

test('the README fits two screens', () => {
  assert.ok(README.split('\n').length <= 110)
})

test('every link of the README leads to a file', () => {
  const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path)
  assert.ok(links.length > 3)
  assert.deepEqual(
    links.filter((path) => !existsSync(join(ROOT, path))),
    [],
  )
})

test('every npm script the README names exists, and CI runs it', () => {
  const scripts: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const named = [
    ...README.matchAll(/npm (?:run )?(?:--silent )?(start|test|demo|bench|conformance|generate|sbom)\b/g),
  ].map(([, name = '']) => name)
  for (const name of named) assert.ok(name in scripts.scripts, name)
  for (const name of ['test', 'demo', 'bench', 'conformance', 'generate'])
    assert.match(CI, new RegExp(`npm (run )?${name}\\b`))
})

test('every command of the README is run: npm by CI, npx by the test of the package, curl and the clients here', () => {
  // docker compose is read here (test/image), and run by whoever has Docker.
  const known = [
    /^npm ci && npm (start|test)$/,
    /^npm pack && npx --yes --package \.\/k8s-mcp-\*\.tgz k8s-mcp$/,
    /^docker compose up -d k8s-mcp && docker compose logs k8s-mcp$/,
    /^curl -s /,
    /^claude mcp add /,
  ]
  assert.deepEqual(
    commands.filter((command) => !known.some((each) => each.test(command))),
    [],
  )
})

test('npm start gives a server that says what it is', async (t) => {
  const env = { ...process.env, WEBCONTROL_PORT: '0', KUBECONFIG: '/nonexistent', NODE_ENV: 'production' }
  const child = spawn('npm', ['start'], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  // npm starts a shell that starts node: the group ends together.
  t.after(() => process.kill(-(child.pid ?? 0), 'SIGTERM'))
  const said: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const url = await until('it listens', () => /"url":"([^"]+)"/.exec(said.join(''))?.[1])
  assert.equal((await getJson(`${url}/`))['name'], 'k8s-mcp')
})

clusterTest('the curl lines answer', async (cluster, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const lines = commands.filter((command) => command.startsWith('curl'))
  assert.ok(lines.length > 0)
  for (const line of lines) {
    const [url = ''] = /http[^\s']+/.exec(line) ?? []
    const accept = /accept: ([^']+)/.exec(line)?.[1] ?? '*/*'
    const answer = await server.rest(url.replace(HOME, ''), { headers: { accept } })
    assert.equal(answer.status, 200, line)
  }
})

clusterTest('the change that the README shows goes its way, from request to undo', async (cluster, t) => {
  const data = folder(t)
  const url = await addressOf(
    startProcess(t, [], { WEBCONTROL_PORT: '0', KUBECONFIG: cluster.kubeconfig, DATA_DIR: data }),
  )
  const namespace = await withNamespace(cluster)
  const image = 'registry.invalid/app:1.0'
  const create = ['-n', namespace, 'create', 'deployment', 'storefront', '--replicas=3', `--image=${image}`]
  assert.equal((await cluster.kubectl(create)).code, 0)
  const [shown = ''] = blocks('bash')
  assert.ok(shown.split('\n').length <= 10)
  const script = shown.replaceAll(HOME, url).replace('/shop/', `/${namespace}/`)
  const env = { ...process.env, DATA_DIR: data }
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: ROOT, env })
  assert.match(stdout, /Scale Deployment .*storefront .*from 3 to 5 replicas/)
  assert.equal(stdout.match(/^succeeded$/gm)?.length, 2)
  assert.match(stdout, /^The audit is whole\. Rows: \d+\./m)
  const query = ['-n', namespace, 'get', 'deployment', 'storefront', '-o', 'jsonpath={.spec.replicas}']
  assert.equal((await cluster.kubectl(query)).stdout, '3')
})

clusterTest('the address every client is given serves MCP', async (cluster, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const addresses = [...README.matchAll(/http:\/\/127\.0\.0\.1:8008\/mcp/g)]
  assert.equal(addresses.length, 4)
  const configs = [...README.matchAll(/\| `(\{.*\})` \|$/gm)].map(([, config = '']) => config)
  assert.equal(configs.length, 3)
  for (const config of configs) assert.doesNotThrow(() => JSON.parse(config))
  const client = new Client({ name: 'readme', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)))
  assert.ok((await client.listTools()).tools.length > 10)
  await client.close()
})
