import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { parse } from 'yaml'
import { contractOf } from './contract.ts'
import { ask, fieldsOf, listening, type Listening, pages } from './fixture.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at the end of a path of keys. */
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((each, key) => (isRecord(each) ? each[key] : undefined), value)
const keysAt = (value: unknown, ...keys: string[]): string[] => Object.keys(at(value, ...keys) ?? {})

function operationIds(document: unknown): unknown[] {
  return keysAt(document, 'paths').flatMap((path) =>
    keysAt(document, 'paths', path).map((method) => at(document, 'paths', path, method, 'operationId')),
  )
}

test('openapi.yaml of the product is valid OpenAPI 3.1, and every operation has an id of its own', async () => {
  const document: unknown = parse(readFileSync('openapi.yaml', 'utf8'))
  assert.ok(isRecord(document))
  assert.deepEqual(await new Validator().validate(document), { valid: true })
  assert.equal(document.openapi, '3.1.0')
  const ids = operationIds(document)
  assert.ok(ids.length > 20)
  assert.equal(new Set(ids).size, ids.length)
})

suite('the document of a server', async () => {
  let door: Listening
  let document: Record<string, unknown>
  test.before(async () => {
    door = await listening()
    document = fieldsOf((await ask(door.port, '/openapi.json')).body)
  })
  test.after(() => door[Symbol.asyncDispose]())

  test('is valid', async () => {
    assert.deepEqual(await new Validator().validate(document), { valid: true })
  })

  test('is the same as YAML', async () => {
    const reply = await ask(door.port, '/openapi.yaml')
    assert.equal(reply.headers['content-type'], 'application/yaml')
    assert.deepEqual(parse(reply.body), document)
  })

  test('is the same, byte by byte, from another server', async () => {
    await using other = await listening()
    assert.equal((await ask(other.port, '/openapi.json')).body, JSON.stringify(document))
  })

  test('has every route, with the words of its operation', () => {
    for (const { path, method, operation, tag } of pages) {
      const described = at(document, 'paths', path.replaceAll(/:(\w+)/g, '{$1}'), method.toLowerCase())
      assert.ok(isRecord(described), path)
      assert.deepEqual(
        [described.summary, described.description, described.tags],
        [operation.title, operation.description, [tag]],
      )
    }
  })

  test('has no operation id twice, though an operation may have two routes', () => {
    const ids = operationIds(document)
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(ids.includes('infra.k8s.things.readLog') && ids.includes('infra.k8s.things.readLog.2'))
  })

  test('every parameter is described, and the ones in the path are required', () => {
    for (const path of keysAt(document, 'paths'))
      for (const method of keysAt(document, 'paths', path)) {
        const parameters = at(document, 'paths', path, method, 'parameters') ?? []
        assert.ok(Array.isArray(parameters))
        for (const parameter of parameters) {
          assert.ok(isRecord(parameter) && String(parameter.description).length > 3, path)
          assert.equal(parameter.required === true || parameter.in === 'query', true, path)
        }
      }
  })

  test('a change answers 202 with an approval, 200 where its end was waited for, a read 200 in every form it has', () => {
    const post = at(document, 'paths', '/thing/{namespace}/{name}/scale', 'post')
    assert.deepEqual(keysAt(post, 'responses'), ['200', '202', 'default'])
    for (const status of ['200', '202']) assert.ok(keysAt(post, 'responses', status, 'headers').includes('location'))
    const log = at(document, 'paths', '/log', 'get', 'responses', '200', 'content')
    assert.deepEqual(Object.keys(log ?? {}), ['text/plain', 'application/json', 'text/event-stream'])
    const check = at(document, 'paths', '/check', 'post')
    assert.deepEqual(keysAt(check, 'requestBody', 'content'), ['application/json', 'application/yaml'])
    const problem = at(post, 'responses', 'default', 'content', 'application/problem+json', 'schema')
    assert.deepEqual(problem, { $ref: '#/components/schemas/Problem' })
  })

  test('says what the server really answers', async () => {
    const faults = contractOf(document)
    const asked = [
      '/things',
      '/things?limit=x',
      '/thing/shop/web',
      '/log',
      '/fail?how=gone',
      '/fail?how=x',
      '/hold',
      '/livez',
      '/readyz',
      '/openapi.json',
      '/openapi.yaml',
    ]
    for (const target of asked)
      for (const accept of ['*/*', 'application/json']) {
        const { status, headers, body } = await ask(door.port, target, { headers: { accept } })
        const [path = ''] = target.split('?')
        assert.deepEqual(faults({ method: 'GET', path, status, contentType: headers['content-type'], body }), [])
      }
  })

  test('the check of answers finds what does not fit', () => {
    const faults = contractOf(document)
    const answer = {
      method: 'GET',
      path: '/thing/shop/web',
      status: 200,
      contentType: 'application/json',
      body: '{"got":1,"more":2}',
    }
    assert.equal(faults(answer).length, 2)
    assert.equal(faults({ ...answer, path: '/nothing' }).length, 1)
    assert.equal(faults({ ...answer, contentType: 'image/png' }).length, 1)
    assert.equal(faults({ ...answer, status: 404, contentType: 'application/problem+json', body: '{}' }).length, 7)
  })

  test('has a strong ETag, and is not sent to who has it', async () => {
    for (const path of ['/openapi.json', '/openapi.yaml']) {
      const { headers } = await ask(door.port, path)
      const tag = String(headers.etag)
      assert.match(tag, /^"[\w-]{20,}"$/)
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const again = await ask(door.port, path, { headers: { 'if-none-match': known } })
        assert.deepEqual([again.status, again.body, again.headers.etag], [304, '', tag], known)
      }
      assert.equal((await ask(door.port, path, { headers: { 'if-none-match': '"other"' } })).status, 200)
    }
  })
})
