import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import pino from 'pino'
import { ask, fieldsOf, listening, type Listening, raw } from './fixture.ts'

// Who may ask by which name, and from which page. A page of another site that gets its name to point here (DNS rebinding),
// or runs on another port of this machine, must get nothing.

suite('Host and Origin', async () => {
  let door: Listening
  test.before(async () => {
    const config = { ALLOWED_HOSTS: ['tools.example', 'Other.Example:8443'], PUBLIC_URL: 'https://k8s.example.org/mcp' }
    door = await listening({ config })
  })
  test.after(() => door[Symbol.asyncDispose]())

  const status = async (headers: Record<string, string>, path = '/things') =>
    (await ask(door.port, path, { headers })).status
  const here = (name: string) => `${name}:${door.port}`

  test('loopback names with our port are ours', async () => {
    for (const name of ['localhost', '127.0.0.1', '[::1]', 'LocalHost'])
      assert.equal(await status({ host: here(name) }), 200, name)
  })

  test('names the operator gave are ours: with any port where none was given, else with that one', async () => {
    for (const host of ['tools.example', 'tools.example:1234', 'other.example:8443', 'k8s.example.org'])
      assert.equal(await status({ host }), 200, host)
    for (const host of ['other.example', 'other.example:8008', 'k8s.example.org:8008'])
      assert.equal(await status({ host }), 421, host)
  })

  test('any other name is refused', async () => {
    const port = door.port
    const names = [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      'localhost:80',
      `localhost:${port + 1}`,
      `localhost.:${port}`,
      `localhost.evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `127.0.0.2:${port}`,
      `0.0.0.0:${port}`,
      `2130706433:${port}`,
      `evil.example@localhost:${port}`,
      `localhost:${port}@evil.example`,
      `localhost:${port}/`,
      `localhost:${port}, evil.example`,
      `[::ffff:127.0.0.1]:${port}`,
      'sub.tools.example',
      'tools.example.evil.org',
    ]
    for (const host of names) assert.equal(await status({ host }), 421, host)
  })

  test('the refusal says which name, and what to do', async () => {
    const reply = await ask(door.port, '/things', { headers: { host: 'evil.example' } })
    const { code, detail, next } = fieldsOf(reply.body)
    assert.equal(code, 'host_not_allowed')
    assert.match(`${String(detail)} ${String(next)}`, /"evil.example".*ALLOWED_HOSTS/)
  })

  test('a request without Host is refused', async () => {
    assert.match(await raw(door.port, 'GET /things HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 421 /)
    assert.match(await raw(door.port, 'GET /things HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 421 /)
    assert.match(await raw(door.port, 'GET /things HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 4\d\d /)
  })

  test('a target in absolute form is judged by its own host', async () => {
    const get = (target: string) =>
      raw(door.port, `GET ${target} HTTP/1.1\r\nHost: ${here('localhost')}\r\nConnection: close\r\n\r\n`)
    assert.match(await get('http://evil.example/things'), /^HTTP\/1.1 421 /)
    assert.match(await get(`http://${here('localhost')}/things`), /^HTTP\/1.1 200 /)
  })

  test('our own pages may ask', async () => {
    assert.equal(await status({ host: here('localhost'), origin: `http://${here('localhost')}` }), 200)
    assert.equal(await status({ host: here('127.0.0.1'), origin: `http://${here('127.0.0.1')}` }), 200)
    assert.equal(await status({ host: here('127.0.0.1'), origin: 'https://k8s.example.org' }), 200)
  })

  test('pages of any other origin may not: another port, another scheme, another name, none', async () => {
    const origins = [
      'http://evil.example',
      `http://localhost:${door.port + 1}`,
      'http://localhost',
      `https://${here('localhost')}`,
      `http://${here('127.0.0.1')}`,
      `http://${here('localhost')}.evil.example`,
      `http://${here('localhost')}/`,
      `http://user@${here('localhost')}`,
      'http://k8s.example.org',
      'https://k8s.example.org:8443',
      'null',
      'file://',
      '',
    ]
    for (const origin of origins) {
      const reply = await ask(door.port, '/things', { headers: { host: here('localhost'), origin } })
      assert.deepEqual([reply.status, fieldsOf(reply.body).code], [403, 'origin_not_allowed'], origin)
    }
  })

  test('every route is guarded: documents, pages, unknown paths, every method', async () => {
    for (const path of [
      '/openapi.json',
      '/swagger',
      '/swagger/json',
      '/swagger/static/swagger-ui.css',
      '/nothing',
      '/log?follow=true',
      '/',
    ])
      assert.equal(await status({ host: 'evil.example' }, path), 421, path)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])
      assert.equal((await ask(door.port, '/check', { method, headers: { host: 'evil.example' } })).status, 421, method)
  })

  test('nothing runs behind a refusal', async () => {
    const before = door.outcomes.length
    await status({ host: 'evil.example' })
    assert.equal(door.outcomes.length, before)
  })

  test('probes are answered whatever the name', async () => {
    for (const path of ['/livez', '/readyz'])
      assert.equal(await status({ host: 'evil.example', origin: 'http://evil.example' }, path), 200)
  })

  test('a probe is nothing but those two paths', async () => {
    for (const path of ['/livez/', '/livez/../things', '/livez%2f..%2fthings', '/LIVEZ'])
      assert.equal(await status({ host: 'evil.example' }, path), 421, path)
  })
})

test('without PUBLIC_URL and ALLOWED_HOSTS only loopback names are ours', async () => {
  await using door = await listening()
  assert.equal((await ask(door.port, '/things', { headers: { host: 'tools.example' } })).status, 421)
  assert.equal((await ask(door.port, '/things')).status, 200)
})

test('a refusal is logged, with what was asked for as a field', async () => {
  const written: string[] = []
  await using door = await listening({ log: pino({}, { write: (line: string) => void written.push(line) }) })
  await ask(door.port, '/things', { headers: { host: 'evil.example', 'x-correlation-id': 'c1' } })
  const { correlation_id, code, detail, msg } = fieldsOf(written.find((line) => line.includes('refused')) ?? '{}')
  assert.deepEqual({ correlation_id, code, msg }, { correlation_id: 'c1', code: 'host_not_allowed', msg: 'refused' })
  assert.match(String(detail), /evil\.example/)
})
