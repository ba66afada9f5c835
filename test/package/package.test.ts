import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, before, suite, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { COMMANDS } from '../../src/cli/index.ts'
import { folder, getJson, until } from '../support/process.ts'
import { type Installed, installPacked } from './packed.ts'

const MINUTES = 60_000
const run = promisify(execFile)

suite('the package', { timeout: 5 * MINUTES }, () => {
  const work = mkdtempSync(join(tmpdir(), 'k8s-mcp-package-'))
  let installed: Installed
  before(async () => {
    installed = await installPacked(work)
  })
  after(() => rmSync(work, { recursive: true, force: true }))

  const environment = (t: TestContext) => ({
    PATH: process.env['PATH'] ?? '',
    HOME: folder(t),
    DATA_DIR: folder(t),
    KUBECONFIG: '/nonexistent',
    WEBCONTROL_PORT: '0',
    NODE_ENV: 'production',
  })
  const command = (t: TestContext, words: readonly string[]) =>
    run('npx', ['--no-install', 'k8s-mcp', ...words], { cwd: installed.folder, env: environment(t) })

  test('it holds what runs and what has to be said of it, and nothing else', () => {
    const paths = installed.files.map(({ path }) => path)
    const strange = paths.filter(
      (path) => !/^(dist\/|(LICENSE|NOTICE|README\.md|CHANGELOG\.md|package\.json)$)/.test(path),
    )
    assert.deepEqual(strange, [])
    assert.deepEqual(
      paths.filter((path) => /\.tsx?$|\.test\.|(^|\/)(test|bench|node_modules)\//.test(path)),
      [],
    )
    for (const path of [
      'NOTICE',
      'LICENSE',
      'dist/static/style.css',
      'dist/built/reference/1.36.json',
      'dist/built/packages/typebox.license',
      'dist/src/server.js.map',
    ])
      assert.ok(paths.includes(path), path)
  })

  test('it is 3 MB at most, and 10 MB unpacked', () => {
    assert.ok(installed.size <= 3e6, `${installed.size} bytes`)
    assert.ok(installed.unpackedSize <= 10e6, `${installed.unpackedSize} bytes`)
  })

  test('neither TypeScript nor any other development package comes with it', () => {
    for (const name of ['typescript', '@kubernetes/client-node', '@biomejs/biome', 'node'])
      assert.equal(existsSync(join(installed.folder, 'node_modules', name)), false, name)
  })

  test('it is given typebox as the few files that come with it', async (t) => {
    const packed = pathToFileURL(join(installed.folder, 'node_modules/k8s-mcp/dist/src/packed.js')).href
    const script = `await import('${packed}'); console.log(import.meta.resolve('typebox'), import.meta.resolve('typebox/compile'))`
    const { stdout } = await run('node', ['--input-type=module', '-e', script], {
      cwd: installed.folder,
      env: environment(t),
    })
    assert.match(stdout, /\/dist\/built\/packages\/typebox\.js \S+\/dist\/built\/packages\/typebox-compile\.js\n$/)
  })

  test('--version and --help', async (t) => {
    const manifest: { version: string } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
    )
    assert.equal((await command(t, ['--version'])).stdout, `${manifest.version}\n`)
    assert.match((await command(t, ['--help'])).stdout, /^k8s-mcp .*\n[^]*--stdio/)
  })

  test('npx runs the tarball', async (t) => {
    const args = ['--yes', '--prefer-offline', '--package', installed.tarball, 'k8s-mcp', '--version']
    const { stdout } = await run('npx', args, { cwd: folder(t), env: process.env })
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
  })

  for (const { words } of COMMANDS)
    test(`${words} --help`, async (t) => {
      assert.match((await command(t, [...words.split(' '), '--help'])).stdout, new RegExp(`^Usage: k8s-mcp ${words}`))
    })

  test('k8s-mcp serves pages, documentation, search, reference and templates', async (t) => {
    const child = spawn(join(installed.folder, 'node_modules/.bin/k8s-mcp'), { env: environment(t), stdio: 'pipe' })
    t.after(async () => {
      child.kill('SIGTERM')
      await once(child, 'close')
    })
    const said: string[] = []
    child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
    const url = await until('it listens', () => /"url":"([^"]+)"/.exec(said.join(''))?.[1])
    assert.equal((await getJson(`${url}/`))['name'], 'k8s-mcp')
    const html = await (await fetch(`${url}/docs/concepts/probes`, { headers: { accept: 'text/html' } })).text()
    const [asset = ''] = /\/assets\/[^"']+style\.css/.exec(html) ?? []
    for (const path of [
      asset,
      '/search?q=crashloop',
      '/api/deployment',
      '/templates/deployment',
      '/swagger',
      '/openapi.yaml',
    ])
      assert.equal((await fetch(url + path)).status, 200, path)
    assert.match(JSON.stringify(await getJson(`${url}/search?q=crashloop`)), /crash/i)
  })

  test('--stdio serves MCP from the compiled server, which it starts', async (t) => {
    const env = environment(t)
    const client = new Client({ name: 'test', version: '1' })
    const transport = new StdioClientTransport({
      command: join(installed.folder, 'node_modules/.bin/k8s-mcp'),
      args: ['--stdio'],
      env,
    })
    t.after(() => client.close())
    await client.connect(transport)
    const pid = Number(/"pid":(\d+)/.exec(readFileSync(join(env.DATA_DIR, 'server.log'), 'utf8'))?.[1])
    // It would wait a minute for another client.
    t.after(() => process.kill(pid, 'SIGTERM'))
    assert.ok((await client.listTools()).tools.length > 10)
    const answer = await client.callTool({ name: 'k8s_docs_explain', arguments: { kind: 'deployment.spec' } })
    assert.match(JSON.stringify(answer.content), /replicas/)
  })
})

test('the bill of materials names each package that production installs, and no other', {
  timeout: 2 * MINUTES,
}, async () => {
  const root = join(import.meta.dirname, '../..')
  const { stdout } = await run('node', ['scripts/sbom.ts'], { cwd: root, maxBuffer: 1e8 })
  const bom: Bom = JSON.parse(stdout)
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const wanted = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`)
  assert.deepEqual([bom.bomFormat, bom.metadata.component.name], ['CycloneDX', 'k8s-mcp'])
  const named = bom.components.map(({ purl }) => decodeURIComponent(purl).slice('pkg:npm/'.length))
  assert.deepEqual(named.toSorted(), [...new Set(wanted)].toSorted())
})

interface Bom {
  bomFormat: string
  metadata: { component: { name: string } }
  components: { purl: string }[]
}

interface Lock {
  packages: Record<string, { version: string; dev?: boolean }>
}
