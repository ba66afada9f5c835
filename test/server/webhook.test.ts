import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { threeContexts } from '../support/home.ts'
import { at, textAt } from '../support/json.ts'
import { addressOf, folder, startProcess, until } from '../support/process.ts'
import { type Post, startReceiver } from '../support/webhook.ts'

const SECRET = 'a-secret-of-the-webhook'
const JSON_BODY = { 'content-type': 'application/json' }

const settings = (url: string, kubeconfig: string) => ({
  WEBCONTROL_PORT: '0',
  KUBECONFIG: kubeconfig,
  NOTIFY_URL: url,
  NOTIFY_SECRET: SECRET,
})

async function send(url: string, method: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method, headers: JSON_BODY, body: JSON.stringify(body) })
  return answer.json()
}

const switchTo = (url: string): Promise<unknown> =>
  send(`${url}/cluster/contexts/current`, 'PUT', { contextName: 'prod' })

/** As the documentation tells a receiver to do it, by another implementation than the server's. */
async function isSigned({ headers, body }: Post, secret: string): Promise<boolean> {
  const [, time = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['k8s-mcp-signature'])) ?? []
  if (Math.abs(Date.now() / 1000 - Number(time)) > 300) return false
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify'])
  return crypto.subtle.verify('HMAC', key, Buffer.from(hex, 'hex'), Buffer.from(`${time}.${body}`))
}

test('NOTIFY_URL is told of what waits and how it ended, signed, again where it failed, by the real server', async (t) => {
  const flaky = (response: ServerResponse, nth: number) => void response.writeHead(nth === 0 ? 500 : 204).end()
  const receiver = await startReceiver(t, flaky)
  const url = await addressOf(startProcess(t, [], settings(receiver.url, threeContexts(folder(t)))))
  const id = textAt(await switchTo(url), 'id')
  await until('it is tried again', () => receiver.posts[1])
  await send(`${url}/approvals/${id}/cancel`, 'POST', { reason: 'not needed' })
  await until('it is told of the end', () => receiver.posts[2])
  const told = receiver.posts.map(({ body }): unknown => JSON.parse(body))
  assert.deepEqual(
    told.map((each) => [at(each, 'id'), at(each, 'state')]),
    [
      [id, 'pending'],
      [id, 'pending'],
      [id, 'cancelled'],
    ],
  )
  assert.equal(at(told[0], 'url'), `${url}/approvals/${id}`)
  assert.equal(at(told[0], 'requester'), 'agent:local')
  assert.match(textAt(told[0], 'summary'), /^Switch the current context/)
  assert.deepEqual(await Promise.all(receiver.posts.map((post) => isSigned(post, SECRET))), [true, true, true])
  const [first] = receiver.posts
  assert.ok(first)
  assert.equal(await isSigned(first, 'another-secret-than-it'), false)
  assert.equal(await isSigned({ ...first, body: first.body.replace('pending', 'succeeded') }, SECRET), false)
})

test('a webhook that never answers is in nobody’s way, nor in that of the end', async (t) => {
  const receiver = await startReceiver(t, () => undefined)
  const server = startProcess(t, [], settings(receiver.url, threeContexts(folder(t))))
  const url = await addressOf(server)
  const id = textAt(await switchTo(url), 'id')
  await until('the webhook holds its first', () => receiver.posts[0])
  assert.equal(at(await send(`${url}/approvals/${id}/cancel`, 'POST', {}), 'state'), 'cancelled')
  await until('the webhook holds both', () => receiver.posts[1])
  const asked = performance.now()
  server.child.kill('SIGTERM')
  assert.equal(await server.exit, 0)
  assert.ok(performance.now() - asked < 3_000, 'the end waited for the webhook')
})

clusterTest('what the webhook and the log are told has no secret of the change in it', async (cluster, t) => {
  const receiver = await startReceiver(t)
  const server = startProcess(t, [], settings(receiver.url, cluster.kubeconfig))
  const url = await addressOf(server)
  const namespace = await withNamespace(cluster)
  const canary = 'canary-4711-of-the-webhook'
  const metadata = { name: 'db', namespace }
  const yamlContent = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: canary } })
  const asked = await send(`${url}/cluster/apply`, 'POST', { yamlContent })
  assert.equal(at(asked, 'state'), 'pending', JSON.stringify(asked))
  await send(`${url}/approvals/${textAt(asked, 'id')}/cancel`, 'POST', { reason: `password=${canary}` })
  await until('it is told of the end', () => receiver.posts[1])
  const said = receiver.posts.map(({ body }) => body).join('') + server.stdout()
  assert.match(said, /apply/i)
  assert.ok(!said.includes(canary), said)
})

test('a webhook without a secret, or with a short one, stops the start', async (t) => {
  const server = startProcess(t, [], {
    ...settings('http://127.0.0.1:1/', threeContexts(folder(t))),
    NOTIFY_SECRET: 'short',
  })
  assert.equal(await server.exit, 64)
  assert.match(server.stderr(), /NOTIFY_SECRET, of at least 16 characters/)
})
