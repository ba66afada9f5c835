import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Compile } from 'typebox/compile'
import { Notifier, SIGNATURE_HEADER, signatureOf } from '../../src/services/approvals/notify.ts'
import { KEPT, sweep } from '../../src/services/approvals/retention.ts'
import type { Happened } from '../../src/services/approvals/store.ts'
import { ApprovalView, viewOf } from '../../src/services/approvals/view.ts'
import { acting, actor, AGENT, ALICE, approveAndRun, BOB, change, plan, planned, read, scene } from './support.ts'

const never = new AbortController().signal

// AbortSignal.timeout does not keep a process alive; a test must.
function alive(t: TestContext): void {
  const timer = setInterval(() => undefined, 1000)
  t.after(() => clearInterval(timer))
}

test('who waits is told as soon as it is decided, and nobody else', async (t) => {
  alive(t)
  const { approvals } = await scene(t)
  const { id, version } = await approvals.gate.request(change())
  const other = await approvals.gate.request(change({ input: 'other' }))
  const waiting = approvals.waiting.until(id, version, 30_000, never)
  const asleep = approvals.waiting.until(other.id, other.version, 200, never)
  await approvals.decisions.deny(id, { reason: 'no' }, actor(ALICE))
  assert.equal((await waiting)?.state, 'denied')
  assert.equal((await asleep)?.state, 'pending')
})

test('who waits for what has happened already is answered at once; a wait ends with its signal and with the server', async (t) => {
  alive(t)
  const { approvals } = await scene(t)
  const { id, version } = await approvals.gate.request(change())
  const { waiting } = approvals
  assert.equal((await waiting.until(id, version - 1, 30_000, never))?.version, version)
  const gone = new AbortController()
  const left = waiting.until(id, version, 30_000, gone.signal)
  gone.abort()
  assert.equal((await left)?.state, 'pending')
  assert.equal(await waiting.until('apr_none', 0, 30_000, never), undefined)
  const held = waiting.until(id, version, 30_000, never)
  assert.equal(waiting.isOver(never), false)
  waiting.release()
  assert.equal((await held)?.state, 'pending')
  assert.equal(waiting.isOver(never), true)
})

test('the stream of events goes on after any event without a gap, and shows each caller only its own', async (t) => {
  const { approvals } = await scene(t)
  const mine = await approvals.gate.request(change())
  await approvals.gate.request(change({ call: acting(BOB) }))
  const end = new AbortController()
  const take = async (after: number, count: number, viewer = actor(AGENT)) => {
    const taken: Happened[] = []
    for await (const happened of approvals.events(after, viewer, end.signal)) {
      taken.push(happened)
      if (taken.length === count) break
    }
    return taken
  }
  const first = await take(0, 2)
  const live = take(first[0]?.seq ?? 0, 2)
  await approvals.decisions.deny(mine.id, { reason: 'no' }, actor(ALICE))
  assert.deepEqual(
    (await live).map(({ id, event }) => [id, event]),
    [
      [mine.id, 'ready'],
      [mine.id, 'deny'],
    ],
  )
  assert.equal((await take(0, 5, actor(ALICE))).length, 5)
  const idle = take(1_000_000, 1)
  end.abort()
  assert.deepEqual(await idle, [])
})

const validView = Compile(ApprovalView)
const reader = (other: { person?: boolean; approver?: boolean } = {}) => ({
  person: false,
  approver: false,
  url: 'http://x/approvals/1',
  ...other,
})

test('an agent is told that nothing has happened, who decides and how to wait; then what happened', async (t) => {
  const here = await scene(t)
  const approval = await here.approvals.gate.request(change())
  const view = viewOf(await here.approvals.get(approval.id, actor(AGENT)), reader())
  assert.ok(validView.Check(view), JSON.stringify(validView.Errors(view)))
  assert.match(view.next, /Nothing has happened yet/)
  assert.match(view.next, /person with the role approver.*http:\/\/x\/approvals\/1.*You cannot approve it yourself/)
  assert.match(view.next, new RegExp(`getApproval with id ${approval.id} and wait 50`))
  assert.equal(view.audit?.seq, (await here.store.head()).seq)
  await approveAndRun(here, approval)
  const after = viewOf(await here.approvals.get(approval.id, actor(AGENT)), reader())
  assert.ok(validView.Check(after), JSON.stringify(validView.Errors(after)))
  assert.match(after.next, /It happened, as it was approved/)
  assert.deepEqual(after.result, { replicas: 3 })
})

test('an agent that is refused learns why and by whom', async (t) => {
  const here = await scene(t)
  const { id } = await here.approvals.gate.request(change())
  await here.approvals.decisions.deny(id, { reason: 'not before the sale' }, actor(ALICE))
  const { next } = viewOf(await here.approvals.get(id, actor(AGENT)), reader())
  assert.match(next, /denied by person alice\. Not before the sale\./)
})

test('of a secret value an agent sees that it is set, an approver also whether it changes, nobody the value', async (t) => {
  const here = await scene(t)
  const changes = [
    { path: 'data.a', op: 'set', from: 'hunter2hunter2', to: 'changed' } as const,
    { path: 'data.b', op: 'set', to: 'unchanged' } as const,
  ]
  const diff = [{ target: 'Secret shop/db', action: 'change', changes, dryRun: true } as const]
  const secret = change({
    plan: async () => planned({ diff: diff.map((each) => ({ ...each, changes: [...changes] })) }),
  })
  const { id } = await here.approvals.gate.request(secret)
  const whole = await here.approvals.get(id, actor(AGENT))
  const shown = (approver: boolean) => viewOf(whole, reader({ approver })).plan?.diff[0]?.changes.map(({ to }) => to)
  assert.deepEqual(shown(false), ['set', 'set'])
  assert.deepEqual(shown(true), ['changed', 'unchanged'])
  assert.ok(!JSON.stringify(viewOf(whole, reader({ approver: true }))).includes('hunter2'))
})

test('what may hold secrets is wiped seven days after the end, and not before', async (t) => {
  const here = await scene(t)
  const { id } = await approveAndRun(here, await here.approvals.gate.request(change()))
  const open = await here.approvals.gate.request(change({ ttl: 86_400, input: 'open' }))
  here.clock.forward(KEPT)
  assert.deepEqual(await sweep(here), { expired: 1, wiped: 0 })
  here.clock.forward(1)
  assert.deepEqual(await sweep(here), { expired: 0, wiped: 1 })
  const wiped = await here.approvals.get(id, actor(AGENT))
  assert.deepEqual([wiped.request, wiped.ending, wiped.approval.summary], [undefined, undefined, plan().summary])
  assert.equal((await read(here.store, open.id)).state, 'expired')
})

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

async function webhook(t: TestContext, answers: number[]) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(answers.shift() ?? 204).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/hook`, received }
}

async function until(what: () => boolean): Promise<void> {
  for (let round = 0; !what(); round += 1) {
    assert.ok(round < 500, 'it did not come')
    await pause(10)
  }
}

const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> => pause(milliseconds, undefined, { signal })

test('a webhook is told of what waits and of how it ended, signed, again where it failed, and of no secret', async (t) => {
  const { url, received } = await webhook(t, [500, 204])
  const here = await scene(t)
  const gaveUp: string[] = []
  const notifier = new Notifier({
    url,
    secret: 'shared',
    store: here.store,
    linkTo: (id) => `http://x/approvals/${id}`,
    failed: (_id, why) => gaveUp.push(why),
    pauses: [5, 5],
    sleep,
  })
  t.after(() => notifier.close())
  const summary = 'Set password=hunter2hunter2 on web'
  const { id } = await here.approvals.gate.request(change({ plan: async () => planned({ summary }) }))
  await until(() => received.length === 2)
  await here.approvals.decisions.deny(id, { reason: 'no' }, actor(ALICE))
  await until(() => received.length === 3)
  const states = received.map(({ body }): unknown => JSON.parse(body).state)
  assert.deepEqual(states, ['pending', 'pending', 'denied'])
  for (const { headers, body } of received) {
    const given = String(headers[SIGNATURE_HEADER])
    assert.equal(given, signatureOf('shared', Number(/^t=(\d+),/.exec(given)?.[1]), body))
    assert.ok(!body.includes('hunter2'), body)
  }
  assert.deepEqual(gaveUp, [])
})

test('a webhook that never answers well is given up, said so, and in nobody’s way', async (t) => {
  const { url, received } = await webhook(t, [500, 500, 500, 500])
  const here = await scene(t)
  const gaveUp: string[] = []
  const failed = (_id: string, why: string) => void gaveUp.push(why)
  const notifier = new Notifier({ url, secret: 's', store: here.store, linkTo: (id) => id, failed, pauses: [1], sleep })
  t.after(() => notifier.close())
  assert.equal((await here.approvals.gate.request(change())).state, 'pending')
  await until(() => gaveUp.length === 1)
  assert.equal(received.length, 2)
  assert.match(gaveUp[0] ?? '', /500/)
})

test('the current context is each principal’s own and durable', async (t) => {
  const { approvals, store } = await scene(t)
  await approvals.contexts.switchTo(AGENT, 'prod', acting(AGENT))
  assert.equal(approvals.contexts.currentOf(AGENT), 'prod')
  assert.equal(approvals.contexts.currentOf(ALICE), undefined)
  assert.equal((await store.auditRows(0, 10)).at(-1)?.detail?.['context'], 'prod')
})
