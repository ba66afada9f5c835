import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { accountName } from '../../src/account.ts'
import { clientAddress, runtimeOf, socketPlace } from '../../src/socket/address.ts'
import { SocketClient } from '../../src/socket/client.ts'
import { takePlace } from '../../src/socket/take.ts'
import { readConfig } from '../../src/config.ts'
import { threeContexts } from '../support/home.ts'
import { addressOf, folder, startProcess } from '../support/process.ts'

const PORT = { WEBCONTROL_PORT: '0' }
const socketIn = (data: string) => join(data, 'k8s-mcp.sock')

test('the socket is open to the server’s own account alone, and goes with the server', async (t) => {
  const data = folder(t)
  const server = startProcess(t, [], { ...PORT, DATA_DIR: data })
  await addressOf(server)
  assert.equal(statSync(socketIn(data)).mode & 0o777, 0o600)
  server.child.kill('SIGTERM')
  assert.equal(await server.exit, 0)
  assert.ok(!existsSync(socketIn(data)))
})

test('a socket has its rights from its first instant on, whatever the umask', async (t) => {
  const path = join(folder(t), 'a.sock')
  const before = process.umask(0)
  t.after(() => process.umask(before))
  const modes: number[] = []
  const server = createServer()
  t.after(() => server.close())
  await takePlace({ address: path }, async (address) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    server.listen(address, resolve)
    modes.push(lstatSync(address).mode & 0o077)
    await promise
  })
  assert.deepEqual(modes, [0])
  assert.equal(process.umask(), 0, 'the umask of the process is as it was')
})

test('what a server left behind that was killed is replaced', async (t) => {
  const data = folder(t)
  const first = startProcess(t, [], { ...PORT, DATA_DIR: data })
  await addressOf(first)
  first.child.kill('SIGKILL')
  await first.exit
  assert.ok(existsSync(socketIn(data)))
  await addressOf(startProcess(t, [], { ...PORT, DATA_DIR: data }))
  assert.ok(await new SocketClient(socketIn(data)).isThere())
})

test('a second server on the same folder is refused, and the first one goes on', async (t) => {
  const data = folder(t)
  await addressOf(startProcess(t, [], { ...PORT, DATA_DIR: data }))
  const second = startProcess(t, [], { ...PORT, DATA_DIR: data })
  assert.equal(await second.exit, 64)
  assert.match(second.stderr(), /another/i)
  assert.equal(second.stderr().trimEnd().split('\n').length, 1)
  assert.ok(await new SocketClient(socketIn(data)).isThere())
})

test('of servers that start at once in a new folder one serves, with its store, and the others are refused', async (t) => {
  const data = join(folder(t), 'new')
  const servers = Array.from({ length: 4 }, () => startProcess(t, [], { ...PORT, DATA_DIR: data }))
  const ready = async (server: (typeof servers)[number]) => {
    const url = await addressOf(server).catch(() => undefined)
    return url === undefined ? undefined : (await fetch(`${url}/readyz`)).status
  }
  assert.deepEqual(
    (await Promise.all(servers.map(ready))).filter((status) => status !== undefined),
    [200],
  )
})

test('a socket that somebody answers at is never taken over, also without a lock', async (t) => {
  const path = join(folder(t), 'a.sock')
  const living = createServer().listen(path)
  t.after(() => living.close())
  let listened = false
  const taking = takePlace({ address: path }, async () => {
    listened = true
  })
  await assert.rejects(taking, /Another server is running/)
  assert.equal(listened, false)
})

test('a file in the way of the socket is left alone', async (t) => {
  const path = join(folder(t), 'a.sock')
  writeFileSync(path, 'mine')
  await assert.rejects(
    takePlace({ address: path }, async () => undefined),
    /in the way/,
  )
  assert.ok(existsSync(path))
})

test('where DATA_DIR is too long for a socket, a short folder has it, and clients find it by a link', async (t) => {
  const data = join(folder(t), 'd'.repeat(120))
  mkdirSync(data, { mode: 0o700 })
  const runtime = folder(t)
  const settings = { ...PORT, DATA_DIR: data, XDG_RUNTIME_DIR: runtime }
  const server = startProcess(t, [], settings)
  await addressOf(server)
  // The client knows nothing of the server's runtime folder.
  const place = socketPlace(data, { platform: process.platform, folder: '/elsewhere' })
  const address = clientAddress(place)
  assert.ok(address.startsWith(runtime))
  assert.equal(statSync(join(address, '..')).mode & 0o777, 0o700)
  assert.ok(await new SocketClient(address).isThere())
  server.child.kill('SIGTERM')
  await server.exit
  assert.throws(() => lstatSync(socketIn(data)))
})

test('somebody else’s short folder is not used', async (t) => {
  const runtime = folder(t)
  const place = socketPlace(join('/', 'd'.repeat(120)), { platform: 'linux', folder: runtime })
  mkdirSync(join(place.address, '..'))
  chmodSync(join(place.address, '..'), 0o777)
  await assert.rejects(
    takePlace({ ...place, link: join(runtime, 'link') }, async () => undefined),
    /open to others/,
  )
})

test('where no path is short enough, the start says what to set', async (t) => {
  const data = join(folder(t), 'd'.repeat(120))
  mkdirSync(data)
  const server = startProcess(t, [], { ...PORT, DATA_DIR: data, XDG_RUNTIME_DIR: `/tmp/${'r'.repeat(120)}` })
  assert.equal(await server.exit, 64)
  assert.match(server.stderr(), /path of \d+ bytes.*Set DATA_DIR to a shorter folder/)
})

test('on Windows the place is a pipe, one for each folder', () => {
  const of = (data: string) => socketPlace(data, { platform: 'win32', folder: 'C:\\Temp' })
  assert.match(of('C:\\Users\\a\\k8s-mcp').address, /^\\\\\.\\pipe\\k8s-mcp-[0-9a-f]{16}$/)
  assert.notEqual(of('/a').address, of('/b').address)
})

test('the runtime folder comes from the settings of the process', () => {
  const { config } = readConfig({ environment: { XDG_RUNTIME_DIR: '/run/user/1' } })
  assert.equal(runtimeOf(config).folder, '/run/user/1')
})

test('whoever comes by the socket is the person who runs the server, by the door terminal', async (t) => {
  const data = folder(t)
  const server = startProcess(t, [], { ...PORT, DATA_DIR: data, KUBECONFIG: threeContexts(data) })
  const url = await addressOf(server)
  const asked = await fetch(`${url}/cluster/contexts/current`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"contextName":"prod"}',
  })
  const { id, digest }: { id: string; digest: string } = JSON.parse(await asked.text())
  const client = new SocketClient(socketIn(data))
  await client.json({ method: 'POST', path: `/approvals/${id}/approve`, body: { digest } })
  const answer = await client.open({ method: 'POST', path: '/admin/audit/export', body: {} })
  const text = (await answer.setEncoding('utf8').toArray()).join('')
  const rows = text
    .trimEnd()
    .split('\n')
    .map((row): Record<string, unknown> => JSON.parse(row))
  const approved = rows.find(({ event }) => event === 'approve')
  assert.deepEqual([approved?.['principal'], approved?.['door']], [`person:${accountName()}`, 'terminal'])
})

test('what administers the server is not there by HTTP', async (t) => {
  const data = folder(t)
  const url = await addressOf(startProcess(t, [], { ...PORT, DATA_DIR: data }))
  for (const path of ['tokens/create', 'tokens/list', 'tokens/revoke', 'audit/verify', 'audit/export', 'policy/test']) {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    assert.equal((await fetch(`${url}/admin/${path}`, init)).status, 404, path)
  }
})

test('what an administrator sends wrongly is refused with a code', async (t) => {
  const data = folder(t)
  await addressOf(startProcess(t, [], { ...PORT, DATA_DIR: data }))
  const client = new SocketClient(socketIn(data))
  const send = (path: string, body: unknown) => client.json({ method: 'POST', path: `/admin/${path}`, body })
  const bad = { code: 'bad_input' }
  await assert.rejects(send('tokens/create', { kind: 'robot', subject: 'x', role: 'viewer' }), bad)
  await assert.rejects(send('tokens/create', { kind: 'agent', subject: 'x', role: 'none' }), bad)
  await assert.rejects(send('tokens/list', { all: true }), bad)
  await assert.rejects(send('audit/verify', { head: '3' }), bad)
  await assert.rejects(send('audit/export', { since: -1 }), bad)
  await assert.rejects(send('policy/test', {}), bad)
  await assert.rejects(send('nothing', {}), { code: 'unknown_path' })
})
