import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAt, textAt } from '../support/json.ts'
import { startServer } from '../support/server.ts'

// Questions as they come by REST, with a body of documentation that is built.

test('a query that is too long, empty or asks for what there is not is refused, with what is allowed', async (t) => {
  const server = await startServer(t, { KUBECONFIG: '/nonexistent' })
  const refused: readonly [query: string, words: RegExp][] = [
    [`q=${'a'.repeat(10_001)}`, /10,?000/],
    ['q=', /\bq\b/],
    ['', /\bq\b/],
    ['q=pod&source=nowhere', /own.*official.*reference.*templates/s],
    ['q=pod&limit=0', /limit/],
    ['q=pod&limit=51', /50/],
    ['q=pod&typing=perhaps', /typing/],
    ['q=pod&sorce=own', /sorce/],
  ]
  for (const [query, words] of refused) {
    const { status, body, text } = await server.rest(`/search?${query}`)
    assert.equal(status, 400, `${query.slice(0, 40)}: ${text.slice(0, 300)}`)
    assert.equal(textAt(body, 'code'), 'bad_input')
    assert.match(text, words)
  }
})

test('any text of up to 10,000 characters is answered, whatever its script', async (t) => {
  const server = await startServer(t, { KUBECONFIG: '/nonexistent' })
  const texts = [
    'CrashLoopBackOff '.repeat(588).slice(0, 10_000),
    'the of and',
    '\u0000\u001b[31m\u202e',
    'ποδ под پاد 豆荚 포드',
    '👩‍🚀'.repeat(300),
    '%00%ff&=+?#',
    '"'.repeat(3_000),
  ]
  for (const text of texts) {
    const { status, body } = await server.rest(`/search?q=${encodeURIComponent(text)}`)
    assert.equal(status, 200, text.slice(0, 40))
    assert.ok(listAt(body, 'hits').length > 0 || listAt(body, 'notes').length > 0, text.slice(0, 40))
  }
})
