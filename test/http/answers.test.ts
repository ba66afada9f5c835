import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ask, fieldsOf, listening, type Listening } from './fixture.ts'

// What an answer looks like: its form, its headers, and the ways to say that something is wrong.

suite('answers', async () => {
  let door: Listening
  const get = (path: string, headers: Record<string, string> = {}) => ask(door.port, path, { headers })
  const send = (method: string, path: string) => ask(door.port, path, { method })

  test.before(async () => {
    door = await listening()
  })
  test.after(() => door[Symbol.asyncDispose]())

  suite('content negotiation', () => {
    const json = 'application/json; charset=utf-8'
    const plain = 'text/plain; charset=utf-8'
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

    // accept, type of a usual read, type of one with a plain form
    const table: [string | undefined, string, string][] = [
      [undefined, json, plain],
      ['', json, plain],
      ['*/*', json, plain],
      ['application/json', json, json],
      ['APPLICATION/JSON', json, json],
      ['application/*', json, json],
      ['text/plain', plain, plain],
      ['text/*', plain, plain],
      ['text/plain;q=0.5, application/json', json, json],
      ['text/plain, application/json;q=0.5', plain, plain],
      ['application/json, */*', json, json],
      ['application/json, */*;q=0.1', json, json],
      ['application/json, text/plain, */*', json, plain],
      ['application/json;q=0, */*', plain, plain],
      ['text/html', json, plain],
      [browser, json, plain],
      ['application/problem+json, application/json', json, json],
    ]
    for (const [accept, usual, withPlain] of table)
      test(`Accept: ${accept ?? '(none)'}`, async () => {
        const headers = accept === undefined ? {} : { accept }
        const answers = await Promise.all([get('/things', headers), get('/log', headers)])
        assert.deepEqual(
          answers.map((each) => each.headers['content-type']),
          [usual, withPlain],
        )
        assert.deepEqual(
          answers.map((each) => each.headers.vary),
          ['Accept', 'Accept'],
        )
      })

    test('text/plain gives the text a model sees, and the plain form where there is one', async () => {
      const accept = { accept: 'text/plain' }
      assert.equal((await get('/things', accept)).body, 'things: limit')
      assert.equal((await get('/log', accept)).body, 'one\ntwo\n')
    })

    for (const accept of [
      'image/png',
      'application/xml, image/*',
      'application/json;q=0',
      'nonsense',
      'text/event-stream',
      'q=1',
    ])
      test(`Accept: ${accept} cannot be served, and the refusal says what can`, async () => {
        const reply = await get('/things', { accept })
        assert.equal(reply.status, 406)
        assert.equal(reply.headers['content-type'], 'application/problem+json; charset=utf-8')
        assert.match(String(fieldsOf(reply.body).next), /application\/json or text\/plain/)
      })

    test('nothing runs for an answer that cannot be sent', async () => {
      const before = door.outcomes.length
      await get('/things', { accept: 'image/png' })
      assert.equal(door.outcomes.length, before)
    })

    test('an Accept header of thousands of ranges is read in no time', async () => {
      const started = performance.now()
      await get('/things', { accept: 'a/b;q=0.1, '.repeat(1200) })
      assert.ok(performance.now() - started < 1000)
    })
  })

  suite('headers', () => {
    test('every answer says that it is data: no sniffing, no referrer, no framing, no keeping', async () => {
      for (const path of ['/things', '/nothing', '/fail?how=x', '/livez', '/openapi.json', '/thing/shop/%zz']) {
        const { headers } = await get(path)
        assert.equal(headers['x-content-type-options'], 'nosniff', path)
        assert.equal(headers['referrer-policy'], 'no-referrer', path)
        assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'", path)
        assert.match(String(headers['cache-control']), /^no-/, path)
      }
    })

    test('nothing allows another origin', async () => {
      const reply = await ask(door.port, '/things', {
        method: 'OPTIONS',
        headers: { 'access-control-request-method': 'GET' },
      })
      assert.deepEqual(
        Object.keys(reply.headers).filter((name) => name.startsWith('access-control')),
        [],
      )
    })
  })

  suite('correlation', () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

    test('a well-formed id comes back, on the answer and in the problem', async () => {
      const headers = { 'x-correlation-id': 'ticket-42_a.b' }
      assert.equal((await get('/things', headers)).headers['x-correlation-id'], 'ticket-42_a.b')
      const wrong = await get('/things?limit=x', headers)
      assert.equal(wrong.headers['x-correlation-id'], 'ticket-42_a.b')
      assert.equal(fieldsOf(wrong.body).correlation_id, 'ticket-42_a.b')
      assert.equal(door.outcomes.at(-1)?.call.correlationId, 'ticket-42_a.b')
    })

    test('the trace-id of traceparent is taken where there is no id', async () => {
      const traceparent = `00-${trace}-00f067aa0ba902b7-01`
      assert.equal((await get('/things', { traceparent })).headers['x-correlation-id'], trace)
      assert.equal(
        (await get('/things', { traceparent, 'x-correlation-id': 'mine' })).headers['x-correlation-id'],
        'mine',
      )
    })

    const made = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
    const garbage: Record<string, string>[] = [
      { 'x-correlation-id': 'a b' },
      { 'x-correlation-id': 'a'.repeat(65) },
      { 'x-correlation-id': '' },
      { 'x-correlation-id': 'a%0d%0aset-cookie: x=1' },
      { 'x-correlation-id': '<script>' },
      { 'x-correlation-id': '\u00e4' },
      { traceparent: 'nonsense' },
      { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
      { traceparent: `ff-${trace}-00f067aa0ba902b7-01` },
      { traceparent: `00-${trace.toUpperCase()}-00f067aa0ba902b7-01` },
      { traceparent: `00-${trace}\t-00f067aa0ba902b7-01` },
    ]
    for (const headers of garbage)
      test(`${JSON.stringify(headers).slice(0, 60)} is not taken over`, async () => {
        assert.match(String((await get('/things', headers)).headers['x-correlation-id']), made)
      })

    test('two ids are none', async () => {
      const reply = await ask(door.port, '/things', { headers: { 'x-correlation-id': ['a', 'b'] } })
      assert.match(String(reply.headers['x-correlation-id']), made)
    })

    test('every request without an id gets one of its own', async () => {
      const [one, two] = await Promise.all([get('/things'), get('/things')])
      assert.notEqual(one.headers['x-correlation-id'], two.headers['x-correlation-id'])
    })
  })

  suite('problems', () => {
    test('a problem says what, where and what to do next (RFC 9457)', async () => {
      const reply = await get('/fail?how=gone', { 'x-correlation-id': 'c1' })
      assert.equal(reply.status, 410)
      assert.equal(reply.headers['content-type'], 'application/problem+json; charset=utf-8')
      assert.deepEqual(fieldsOf(reply.body), {
        type: 'about:blank',
        title: 'Gone',
        status: 410,
        code: 'continue_expired',
        detail: 'This continue token is too old: the API server no longer has that version of the list.',
        next: 'Start again without continue.',
        instance: '/fail',
        correlation_id: 'c1',
      })
    })

    test('what is not ours is an internal error without a word of its own', async () => {
      const reply = await get('/fail?how=database')
      assert.equal(reply.status, 500)
      assert.equal(fieldsOf(reply.body).code, 'internal')
      assert.doesNotMatch(reply.body, /secret words|database/)
    })

    test('Retry-After says when to come again', async () => {
      const reply = await get('/fail?how=busy')
      assert.deepEqual([reply.status, reply.headers['retry-after']], [429, '7'])
    })

    test('a call that was cancelled while its caller is still there has a status of HTTP', async () => {
      const reply = await get('/fail?how=cancelled')
      assert.deepEqual([reply.status, fieldsOf(reply.body).status, fieldsOf(reply.body).code], [503, 503, 'cancelled'])
    })

    test('a change is accepted, with the place of its approval', async () => {
      const reply = await ask(door.port, '/thing/shop/web/scale', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"replicas":2}',
      })
      assert.deepEqual([reply.status, reply.headers.location], [202, '/approvals/ap%201'])
    })
  })

  suite('paths and methods', () => {
    const near: [string, RegExp][] = [
      ['/thing', /"\/things"/],
      ['/thngs', /"\/things"/],
      ['/things/shop/web', /"\/thing\/:namespace\/:name"/],
      ['/thing/shop/web/logs', /"\/thing\/:namespace\/:name\/log"/],
      ['/v1/check', /"\/check"/],
      ['/opnapi.json', /"\/openapi.json"/],
      ['/Things', /"\/things"/],
      ['/things/', /"\/things"/],
      ['//things', /"\/things"/],
      ['/', /GET \/ lists every endpoint/],
      ['/completely/elsewhere/altogether', /GET \/ lists every endpoint/],
    ]
    for (const [path, next] of near)
      test(`nothing is at ${path}, and the answer says what is near`, async () => {
        const reply = await get(path)
        assert.deepEqual([reply.status, fieldsOf(reply.body).code], [404, 'unknown_path'])
        assert.match(String(fieldsOf(reply.body).next), next)
      })

    test('an unknown path is unknown whatever is sent to it', async () => {
      const body = 'x'.repeat(100_000)
      const reply = await ask(door.port, '/nothing', { method: 'POST', headers: { 'content-type': 'image/png' }, body })
      assert.equal(reply.status, 404)
    })

    test('a long unknown path is answered at once, and not repeated whole', async () => {
      const started = performance.now()
      const reply = await get(`/${'thing/'.repeat(2000)}`)
      assert.equal(reply.status, 404)
      assert.ok(performance.now() - started < 1000)
      assert.ok(reply.body.length < 2000)
    })

    test('a known path with another method says which it takes', async () => {
      const reply = await send('PUT', '/thing/shop/web')
      assert.deepEqual([reply.status, fieldsOf(reply.body).code], [405, 'method_not_allowed'])
      assert.equal(reply.headers.allow, 'DELETE, GET, HEAD, OPTIONS')
      assert.equal((await send('GET', '/check')).headers.allow, 'OPTIONS, POST')
      assert.equal((await send('TRACE', '/things')).status, 405)
    })

    test('OPTIONS answers with the methods of a path', async () => {
      const reply = await send('OPTIONS', '/check')
      assert.deepEqual([reply.status, reply.headers.allow, reply.body], [204, 'OPTIONS, POST', ''])
      assert.equal((await send('OPTIONS', '/nothing')).status, 404)
    })

    test('HEAD answers like GET, without the body', async () => {
      for (const path of [
        '/things',
        '/thing/shop/web',
        '/log',
        '/things?limit=x',
        '/nothing',
        '/openapi.json',
        '/livez',
      ]) {
        const [head, whole] = await Promise.all([send('HEAD', path), send('GET', path)])
        assert.deepEqual(
          [head.status, head.body, head.headers['content-type']],
          [whole.status, '', whole.headers['content-type']],
          path,
        )
      }
      assert.equal(
        (await send('HEAD', '/things')).headers['content-length'],
        (await send('GET', '/things')).headers['content-length'],
      )
    })
  })
})

test('a server that is not ready says why, and lives', async () => {
  let reason: string | undefined = 'the store is locked'
  await using door = await listening({ notReady: () => reason })
  const unready = await ask(door.port, '/readyz')
  assert.deepEqual([unready.status, unready.body], [503, 'the store is locked\n'])
  assert.equal((await ask(door.port, '/livez')).status, 200)
  reason = undefined
  assert.equal((await ask(door.port, '/readyz')).status, 200)
})
