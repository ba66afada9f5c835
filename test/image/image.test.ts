import assert from 'node:assert/strict'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test, type TestContext } from 'node:test'
import { buildImage, type Image, sizeOf, skipWithoutImage } from '../../scripts/image.ts'
import { kubernetesVersion } from '../cluster/binaries.ts'
import { issue, newAuthority } from '../cluster/certificates.ts'
import { testCluster } from '../cluster/shared.ts'
import { folder, getJson, until } from '../support/process.ts'
import { answering, start, volume } from './container.ts'

const MINUTES = 60_000
const USER = 1234

/** A kubeconfig of the host: of somebody, with a mode. */
function kubeconfig(
  t: TestContext,
  { user = 1000, mode = 0o600, text = 'kind: Config\napiVersion: v1\n' } = {},
): string {
  const path = join(folder(t), 'config')
  writeFileSync(path, text)
  chownSync(path, user, user)
  chmodSync(path, mode)
  return path
}

const naming = (server: string) =>
  JSON.stringify({ kind: 'Config', apiVersion: 'v1', clusters: [{ name: 'a', cluster: { server } }] }, undefined, 1)

// Where CI cannot build it, that is a failure.
const skip = process.env['CI'] === 'true' ? false : skipWithoutImage()

suite('the image', { skip, timeout: 20 * MINUTES }, () => {
  let image: Image
  before(
    async () => {
      image = await buildImage()
    },
    { timeout: 20 * MINUTES },
  )

  /** What the entrypoint says about what was mounted, in lines. */
  async function said(t: TestContext, options: Parameters<typeof start>[2]): Promise<string[]> {
    const container = await start(t, image, options)
    await answering(container)
    return container
      .stderr()
      .split('\n')
      .filter((line) => line !== '' && !/token (yet|create)/.test(line))
  }

  test('it is 350 MB at most, and has kubectl and helm of the pinned releases', async (t) => {
    assert.ok(sizeOf(image) <= 350e6, `${sizeOf(image)} bytes`)
    const container = await start(t, image, { args: ['--version'] })
    assert.equal(await container.exit, 0)
    assert.ok((await container.exec(['kubectl', 'version', '--client'])).stdout.includes(kubernetesVersion))
    assert.match((await container.exec(['helm', 'version'])).stdout, /v4\./)
  })

  test('without the two programs it is 200 MB at most, and answers', { timeout: 10 * MINUTES }, async (t) => {
    const small = await buildImage({ PROGRAMS: 'without' })
    assert.ok(sizeOf(small) <= 200e6, `${sizeOf(small)} bytes`)
    assert.equal(existsSync(join(small.root, 'usr/local/bin/helm')), false)
    await answering(await start(t, small))
  })

  test('it has no sources, tests, development packages, package manager or shell scripts of the build', () => {
    const gone = [
      'app/src',
      'app/test',
      'app/scripts',
      'app/node_modules/typescript',
      'usr/local/bin/npm',
      'usr/bin/apt',
    ]
    assert.deepEqual(
      gone.filter((path) => existsSync(join(image.root, path))),
      [],
    )
    for (const path of ['app/NOTICE', 'app/LICENSE', 'app/dist/src/server.js.map', 'var/lib/dpkg/status.d/libc6'])
      assert.ok(existsSync(join(image.root, path)), path)
  })

  test('a user without rights, and nothing that can be written but /tmp and the volume', async (t) => {
    assert.equal(image.config.user, '1000:1000')
    assert.deepEqual(image.config.volumes, ['/data'])
    const container = await start(t, image)
    await answering(container)
    const tried = await container.exec([
      'sh',
      '-c',
      'id -u; for at in /app /root /etc /usr /data /tmp; do (: > $at/x) 2>/dev/null && echo $at; done',
    ])
    assert.deepEqual(tried.stdout.trim().split('\n'), ['1000', '/data', '/tmp'])
    assert.equal(statSync(join(container.data, 'k8s-mcp')).mode & 0o777, 0o700)
  })

  test('HEALTHCHECK holds while the server serves, and no longer', async (t) => {
    const container = await start(t, image)
    await answering(container)
    assert.equal((await container.exec(image.config.healthcheck)).code, 0)
    container.child.kill('SIGTERM')
    assert.equal(await container.exit, 0)
    assert.notEqual((await container.exec(image.config.healthcheck)).code, 0)
  })

  test('HEALTHCHECK holds where the server speaks HTTPS, whatever its certificate says', async (t) => {
    const data = volume(t, image)
    const { certificate, key } = issue(newAuthority('test'), {
      commonName: 'k8s.example.com',
      usage: 'server',
      names: ['k8s.example.com'],
    })
    for (const [name, pem] of Object.entries({ certificate, key }))
      writeFileSync(join(data, name), pem, { mode: 0o644 })
    const settings = { TLS_CERT: '/data/certificate', TLS_KEY: '/data/key' }
    const container = await start(t, image, { data, settings })
    await until('it listens', () => (/listening on https:/.test(container.stdout()) ? true : undefined))
    assert.equal((await container.exec(image.config.healthcheck)).code, 0)
  })

  test('the first start answers 401 and says how to make a token; the token it makes is taken', async (t) => {
    const container = await start(t, image, { kubeconfig: kubeconfig(t) })
    await answering(container)
    assert.equal((await fetch(`${container.url}/status`)).status, 401)
    const [line = ''] = /docker compose exec k8s-mcp (k8s-mcp token create .*)/.exec(container.stderr())?.slice(1) ?? []
    const made = await container.exec(line.replace('YOU', 'alice').split(' '))
    assert.equal(made.code, 0, made.stderr)
    const headers = { authorization: `Bearer ${made.stdout.trim()}` }
    assert.equal((await fetch(`${container.url}/status`, { headers })).status, 200)
  })

  test('later starts say nothing of first tokens, and the volume keeps them', async (t) => {
    const data = volume(t, image)
    const first = await start(t, image, { data })
    await answering(first)
    const make = 'k8s-mcp token create --kind agent --subject bot --role viewer'.split(' ')
    const { stdout } = await first.exec(make)
    first.child.kill('SIGTERM')
    await first.exit
    const second = await start(t, image, { data })
    await answering(second)
    assert.doesNotMatch(second.stderr(), /First start/)
    const headers = { authorization: `Bearer ${stdout.trim()}` }
    assert.equal((await fetch(`${second.url}/status`, { headers })).status, 200)
  })

  test('a kubeconfig of 0600 is read where the container has the number of its owner, and the cluster answers', async (t) => {
    const cluster = await testCluster()
    const path = kubeconfig(t, { user: USER, text: readFileSync(cluster.kubeconfig, 'utf8') })
    const container = await start(t, image, { kubeconfig: path, user: USER })
    await answering(container)
    await until('it is connected', () => (/connected to admin/.test(container.stdout()) ? true : undefined))
    // It is on this very network, and answers; another cluster of the same kubeconfig does not.
    assert.ok(!container.stderr().includes(cluster.server), container.stderr())
    assert.ok(container.stderr().includes(`names ${cluster.unreachable}, and`), container.stderr())
  })

  test('a kubeconfig of somebody else: the line to add', async (t) => {
    const lines = await said(t, { kubeconfig: kubeconfig(t, { user: USER }) })
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /belongs to user 1234 and the server runs as 1000.*: K8S_MCP_USER=1234:1234$/)
  })

  test('a kubeconfig of root: how to get a copy', async (t) => {
    const lines = await said(t, { kubeconfig: kubeconfig(t, { user: 0 }) })
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /belongs to root on the host.*sudo install -m 600/)
  })

  test('no kubeconfig: where to mount one, and the documentation works all the same', async (t) => {
    const container = await start(t, image)
    await answering(container)
    assert.match(container.stderr(), /There is no kubeconfig at \/root\/\.kube\/config\. Mount yours/)
  })

  test('a folder in its place', async (t) => {
    const made = join(folder(t), 'config')
    mkdirSync(made)
    const lines = await said(t, { kubeconfig: made })
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /config is a folder: Docker makes one .* \(rmdir\)/)
  })

  test('a kubeconfig that everybody may read', async (t) => {
    const lines = await said(t, { kubeconfig: kubeconfig(t, { mode: 0o644 }) })
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /Every user of the host may read .*chmod 600/)
  })

  for (const server of ['https://127.0.0.1:9', 'https://localhost:9', 'https://[::1]:9', 'http://0.0.0.0:9'])
    test(`a kubeconfig that names ${server} of the host`, async (t) => {
      const lines = await said(t, { kubeconfig: kubeconfig(t, { text: naming(server) }) })
      assert.equal(lines.length, 1)
      assert.ok(lines[0]?.includes(`names ${server}, and in a container that is the container itself`), String(lines))
      assert.match(lines[0] ?? '', /host\.docker\.internal.*network_mode: host.*kind get kubeconfig --internal/)
    })

  test('KUBECONFIG says otherwise, with several files too', async (t) => {
    const lines = await said(t, { settings: { KUBECONFIG: '/data/a:/data/b' } })
    assert.deepEqual(
      lines.map((line) => /no kubeconfig at (\S+)\./.exec(line)?.[1]),
      ['/data/a', '/data/b'],
    )
  })

  test('a volume of another user: how to give it over', async (t) => {
    const data = volume(t, image)
    mkdirSync(join(data, 'k8s-mcp'), { mode: 0o700 })
    chownSync(join(data, 'k8s-mcp'), USER, USER)
    const container = await start(t, image, { data, kubeconfig: kubeconfig(t) })
    await until('it says so', () => (/-R 1000:1000 \/data\/k8s-mcp$/m.test(container.stderr()) ? true : undefined))
    assert.match(container.stderr(), /belongs to user 1234 and the server runs as 1000/)
  })

  test('sub-commands and --help run in it, and check nothing', async (t) => {
    const container = await start(t, image, { args: ['token', 'list'] })
    assert.equal(await container.exit, 0)
    assert.equal(container.stderr(), '')
    assert.match(container.stdout(), /No tokens/)
  })

  test('--stdio has stdout for the protocol alone', async (t) => {
    const container = await start(t, image, { args: ['--stdio'] })
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
    container.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`)
    const line = await until('it answers', () => (container.stdout().includes('\n') ? container.stdout() : undefined))
    assert.match(line, /^\{.*"serverInfo".*\}\n$/)
    assert.match(container.stderr(), /There is no kubeconfig/)
  })

  test('pages, assets, documentation and templates are in it', async (t) => {
    const container = await start(t, image, { settings: { HOST: '127.0.0.1' } })
    await answering(container)
    assert.equal((await getJson(`${container.url}/`))['name'], 'k8s-mcp')
    for (const path of [
      '/search?q=crashloop',
      '/api/deployment',
      '/docs/concepts/probes',
      '/templates',
      '/swagger',
      '/openapi.yaml',
    ])
      assert.equal((await fetch(container.url + path, { headers: { accept: 'text/html, */*' } })).status, 200, path)
  })
})
