import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANONYMOUS } from '../../src/call.ts'
import { site, visit } from './fixture.ts'
import { OVERRIDE, waiting } from './waiting.ts'

test('the page of approvals says what each would do, how bad it is, how long it waits, and how to decide', async () => {
  await using door = await site()
  waiting.open = 2
  const { status, text } = await visit(door, '/approvals')
  assert.equal(status, 200)
  assert.equal(text.match(/Scale Deployment default\/web from 3 to 0 replicas/g)?.length, 2)
  assert.match(text, /class="state bad">high</)
  assert.match(text, /waits for a decision, <time datetime="[^"]*" title="[^"]*">59m left</)
  assert.match(text, /90s ago|91s ago/)
  assert.match(text, /<code>k8s-mcp approvals<\/code>/)
  assert.match(text, /href="\/docs\/tasks\/approve-changes"/)
  assert.match(text, /href="\/approvals\/apr_1"/)
})

test('the page of approvals decides nothing', async () => {
  await using door = await site()
  waiting.open = 1
  const { text } = await visit(door, '/approvals')
  const forms = [...text.matchAll(/<form[^>]*>/g)].map(([form]) => form)
  assert.ok(forms.length > 0)
  for (const form of forms) assert.match(form, /action="\/search"/)
})

test('more approvals than a page has are on the next one, and none is said to be none', async () => {
  await using door = await site()
  waiting.open = 30
  assert.match((await visit(door, '/approvals?state=all')).text, /href="\/approvals\?state=all&amp;continue=more"/)
  waiting.open = 0
  assert.match((await visit(door, '/approvals')).text, /Nothing waits/)
})

test('programs get the approvals as data, and who has no credential gets none', async () => {
  await using door = await site()
  waiting.open = 1
  const { headers, text } = await visit(door, '/approvals', { accept: '*/*' })
  assert.match(headers.get('content-type') ?? '', /json/)
  assert.match(text, /apr_0/)
  await using strangers = await site(ANONYMOUS)
  const refused = await visit(strangers, '/approvals')
  assert.equal(refused.status, 401)
  assert.doesNotMatch(refused.text, /Scale Deployment/)
})

test('the page of one approval says first what to be careful about, then what would change, and how to decide', async () => {
  await using door = await site()
  const { status, text } = await visit(door, '/approvals/apr_7')
  assert.equal(status, 200)
  assert.match(text, /Warning \(high\):<\/strong> It would have no pods\..*spec\.replicas: 3.*spec\.replicas: 0/s)
  assert.match(text, /It can be put back by a request of its own/)
  assert.match(text, /<code>k8s-mcp approvals apr_7<\/code>/)
  const { headers } = await visit(door, '/approvals/apr_7', { accept: 'application/json' })
  assert.match(headers.get('content-type') ?? '', /json/)
})

test('what would turn the direction of a text is seen on the page of an approval', async () => {
  await using door = await site()
  waiting.open = 1
  for (const path of ['/approvals', '/approvals/apr_0']) {
    const { text } = await visit(door, path)
    assert.ok(!text.includes(OVERRIDE), path)
    assert.match(text, /\\u202e/, path)
  }
})
