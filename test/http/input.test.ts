import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ask, fieldsOf, listening, type Listening, type Reply } from './fixture.ts'

// What a request says, and what of it reaches the operation.

const json = { 'content-type': 'application/json' }
const yaml = { 'content-type': 'application/yaml' }

const got = (reply: Reply): unknown => {
  assert.equal(reply.status, 200, reply.body)
  return fieldsOf(reply.body).got
}

function refused(reply: Reply, status: number, code: string, detail: RegExp): void {
  const { code: given, detail: text } = fieldsOf(reply.body)
  assert.deepEqual({ status: reply.status, code: given }, { status, code }, reply.body)
  assert.match(String(text), detail)
}

suite('input', async () => {
  let door: Listening
  const get = (path: string) => ask(door.port, path)
  const post = (path: string, body: string | Buffer, headers: Record<string, string> = json) =>
    ask(door.port, path, { method: 'POST', headers, body })

  test.before(async () => {
    door = await listening()
  })
  test.after(() => door[Symbol.asyncDispose]())

  test('a text that is exactly one value becomes that value', async () => {
    assert.deepEqual(got(await get('/things?limit=5&tail=-1&ratio=0.5&all=true&selector=12')), {
      limit: 5,
      tail: -1,
      ratio: 0.5,
      all: true,
      selector: '12',
    })
  })

  test('a repeated parameter is a list where a list is asked for, and a single one is a list of one', async () => {
    assert.deepEqual(got(await get('/things?word=a&word=b&size=3')), { limit: 100, word: ['a', 'b'], size: [3] })
  })

  const coercions = [
    ...['abc', '', ' 5', '5 ', '+5', '05', '5.0', '5e0', '0x5', 'NaN', 'null', 'true', '1e9', '-0x1', '١'].map(
      (text) => ['limit', text],
    ),
    ...['1e999', 'Infinity', '.5', '5.', '--5'].map((text) => ['ratio', text]),
    ...['1', '0', 'TRUE', 'yes', 'on', ''].map((text) => ['all', text]),
    ...['a', '1.5', ''].map((text) => ['size', text]),
  ]
  for (const [name = '', text = ''] of coercions)
    test(`${name}=${JSON.stringify(text)} is refused, not read as something`, async () => {
      refused(await get(`/things?${name}=${encodeURIComponent(text)}`), 400, 'bad_input', new RegExp(`^${name}`))
    })

  test('limits are kept', async () => {
    for (const text of ['0', '-1', '501', '1000000000', '999999999999999'])
      refused(await get(`/things?limit=${text}`), 400, 'bad_input', /^limit/)
  })

  test('an unknown parameter is refused by its name, with those there are', async () => {
    refused(await get('/things?lmit=5'), 400, 'bad_input', /unknown parameter "lmit".*limit, tail/)
  })

  test('a parameter given twice where one is wanted is refused', async () => {
    refused(await get('/things?limit=1&limit=2'), 400, 'bad_input', /^limit/)
    refused(await get('/things?selector=a&selector=b'), 400, 'bad_input', /^selector/)
  })

  test('a parameter in the path and in the query is refused, even where both say the same', async () => {
    refused(await get('/thing/shop/web?name=web'), 400, 'bad_input', /"name" is given twice/)
  })

  test('a parameter in the path and in the body is refused', async () => {
    refused(
      await post('/thing/shop/web/scale', '{"replicas":1,"name":"db"}'),
      400,
      'bad_input',
      /"name" is given twice/,
    )
  })

  test('a name in the path is decoded exactly once', async () => {
    assert.deepEqual(got(await get('/thing/shop/a%3Ab')), { namespace: 'shop', name: 'a:b' })
  })

  const evil = [
    '..',
    '.',
    '%2e%2e',
    '%2E%2e',
    '..%2f',
    '..%2F..%2Fsecrets',
    '%252e%252e',
    '%25',
    'a%2Fb',
    'a%3Fb',
    'a%23b',
    'a%00b',
    'a%0d%0ab',
    'a%20b',
    'a%7fb',
    'x'.repeat(254),
  ]
  for (const name of evil)
    test(`the name ${name.slice(0, 30)} reaches no operation`, async () => {
      refused(await get(`/thing/shop/${name}`), 400, 'bad_input', /^name/)
      refused(await get(`/thing/${name}/web`), 400, 'bad_input', /^namespace/)
    })

  test('a path whose percent-encoding cannot be decoded is refused', async () => {
    for (const name of ['%', '%zz', '%c3%28', '%ff'])
      refused(await get(`/thing/shop/${name}`), 400, 'bad_input', /percent-encoding/)
  })

  test('a name longer than any is refused, however long', async () => {
    refused(await get(`/thing/shop/${'x'.repeat(1025)}`), 400, 'bad_input', /longer than any name/)
    refused(await get(`/thing/shop/${'x'.repeat(20_000)}`), 431, 'headers_too_large', /16384 bytes/)
  })

  test('an empty name is no name', async () => {
    refused(await get('/thing/shop/'), 400, 'bad_input', /^name/)
    refused(await get('/thing//web'), 400, 'bad_input', /^namespace/)
  })

  test('names that reach into every object are refused wherever they stand', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype', '__proto__[limit]', 'constructor.prototype']) {
      refused(
        await get(`/things?${encodeURIComponent(name)}=1`),
        400,
        'bad_input',
        new RegExp(name.split(/[[.]/)[0] ?? name),
      )
    }
    refused(await post('/check', '{"yamlContent":"a","__proto__":{"strict":true}}'), 400, 'bad_input', /__proto__/)
    refused(
      await post('/check', '{"yamlContent":"a","\\u005f_proto__":{"strict":true}}'),
      400,
      'bad_input',
      /__proto__/,
    )
    refused(await post('/check', '{"yamlContent":{"deep":{"__proto__":1}}}'), 400, 'bad_input', /__proto__/)
    refused(
      await post('/check', '{"yamlContent":"a","constructor":{"prototype":{"strict":true}}}'),
      400,
      'bad_input',
      /constructor/,
    )
    assert.equal(Object.hasOwn(Object.prototype, 'strict'), false)
  })

  suite('bodies', () => {
    test('JSON is taken as it is, without coercion', async () => {
      assert.deepEqual(got(await post('/check', '{"yamlContent":"a: 1","strict":true}')), {
        yamlContent: 'a: 1',
        strict: true,
      })
      refused(await post('/check', '{"yamlContent":"a: 1","strict":"true"}'), 400, 'bad_input', /^strict/)
      refused(await post('/thing/shop/web/scale', '{"replicas":"1"}'), 400, 'bad_input', /^replicas/)
    })

    const notJson = [
      '{',
      '{a:1}',
      "{'a':1}",
      '{"a":1,}',
      'nonsense',
      '{"a":NaN}',
      '{"a":1}{"b":2}',
      '\u0000',
      '// x\n{}',
    ]
    for (const body of notJson)
      test(`${JSON.stringify(body)} is not JSON`, async () => {
        refused(await post('/check', body), 400, 'bad_input', /The body is not JSON/)
      })

    test('a refusal does not repeat the body', async () => {
      const reply = await post('/check', 'password-of-somebody')
      assert.doesNotMatch(reply.body, /password/)
    })

    test('JSON that is no object is refused', async () => {
      for (const body of ['[]', '"text"', '1', 'null', 'true'])
        refused(await post('/check', body), 400, 'bad_input', /must be a JSON object/)
    })

    test('a key given twice is refused at any depth, however it is written', async () => {
      refused(await post('/check', '{"yamlContent":"a","yamlContent":"b"}'), 400, 'bad_input', /"yamlContent" twice/)
      refused(
        await post('/check', '{"yamlContent":"a","yaml\\u0043ontent" \n\t :"b"}'),
        400,
        'bad_input',
        /"yamlContent" twice/,
      )
      refused(await post('/check', '{"yamlContent":[{"x":1,"x":1}]}'), 400, 'bad_input', /"x" twice/)
    })

    test('equal texts that are not keys of one object are no fault', async () => {
      const body = JSON.stringify({ yamlContent: 'yamlContent": "yamlContent" \\" {', namespace: 'yaml-content' })
      assert.deepEqual(got(await post('/check', body)), JSON.parse(body))
      refused(await post('/check', '{"yamlContent":[{"x":1},{"x":1}]}'), 400, 'bad_input', /^yamlContent/)
    })

    test('nesting without end is refused before anybody walks it', async () => {
      const deep = `{"yamlContent":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
      refused(await post('/check', deep), 400, 'bad_input', /128 levels/)
    })

    test('text that is not UTF-8 is refused', async () => {
      refused(await post('/check', Buffer.from([0x22, 0xff, 0x22])), 400, 'bad_input', /UTF-8/)
      refused(await post('/check', Buffer.from([0x61, 0xff]), yaml), 400, 'bad_input', /UTF-8/)
    })

    test('a body of 2 MiB is refused, announced or not', async () => {
      const body = JSON.stringify({ yamlContent: 'x'.repeat(2 * 1024 * 1024) })
      refused(await post('/check', body), 413, 'body_too_large', /1153433 bytes/)
      refused(
        await post('/check', body, { ...json, 'transfer-encoding': 'chunked' }),
        413,
        'body_too_large',
        /1153433 bytes/,
      )
    })

    test('a manifest of 1 MiB passes', async () => {
      const reply = await post('/check', 'x'.repeat(1024 * 1024), yaml)
      assert.equal(reply.status, 200)
    })

    test('other media types are refused, with those that are taken', async () => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
        'text/json',
        'nonsense',
      ])
        refused(
          await post('/thing/shop/web/scale', '{"replicas":1}', { 'content-type': type }),
          415,
          'unsupported_media_type',
          /is not taken here/,
        )
      const reply = await post('/check', 'a', { 'content-type': 'text/plain' })
      assert.match(String(fieldsOf(reply.body).next), /application\/json or application\/yaml/)
    })

    test('a body without a media type is refused', async () => {
      refused(await post('/check', '{"yamlContent":"a"}', {}), 415, 'unsupported_media_type', /is not taken here/)
    })

    test('YAML is taken where an operation says so, and nowhere else', async () => {
      assert.deepEqual(got(await post('/check?namespace=shop&strict=true', 'kind: Pod\n', yaml)), {
        yamlContent: 'kind: Pod\n',
        namespace: 'shop',
        strict: true,
      })
      refused(
        await post('/thing/shop/web/scale', 'replicas: 1', yaml),
        415,
        'unsupported_media_type',
        /is not taken here/,
      )
    })

    test('a YAML body is not read as JSON, and names its field only once', async () => {
      assert.deepEqual(got(await post('/check', '{"strict": true}', yaml)), { yamlContent: '{"strict": true}' })
      refused(await post('/check?yamlContent=b', 'a', yaml), 400, 'bad_input', /"yamlContent" is given twice/)
    })

    test('an empty YAML body is refused by the operation', async () => {
      refused(await post('/check', '', yaml), 400, 'bad_input', /^yamlContent/)
    })

    test('parameters of a JSON request are not taken from the query', async () => {
      refused(await post('/thing/shop/web/scale?replicas=1', '{}'), 400, 'bad_input', /"replicas" is in the query/)
    })

    test('GET and DELETE with a body are refused', async () => {
      const announced = { ...json, 'content-length': '11' }
      refused(
        await ask(door.port, '/things', { headers: announced, body: '{"limit":1}' }),
        400,
        'bad_input',
        /GET takes no body/,
      )
      const chunked = { ...json, 'transfer-encoding': 'chunked' }
      refused(
        await ask(door.port, '/things', { headers: chunked, body: '{"limit":1}' }),
        400,
        'bad_input',
        /GET takes no body/,
      )
      const reply = await ask(door.port, '/thing/shop/web', {
        method: 'DELETE',
        headers: { ...json, 'content-length': '14' },
        body: '{"replicas":1}',
      })
      refused(reply, 400, 'bad_input', /DELETE takes no body/)
    })

    test('a change that needs no parameters needs no body', async () => {
      const reply = await ask(door.port, '/thing/x/decide', { method: 'POST' })
      assert.deepEqual(got(reply), { id: 'x' })
    })
  })
})
