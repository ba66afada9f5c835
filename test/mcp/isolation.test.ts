import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InMemoryTransport } from '@modelcontextprotocol/server'
import { makeServerFactory } from '../../src/mcp/server.ts'
import { eras } from './support/clients.ts'
import { openDoor, testCore } from './support/door.ts'

// CVE-2026-25536: one server object served several clients, and answers reached the wrong one. Official clients number their
// requests from 0 or 1, so that many of them send the same ids at the same time.

for (const era of eras) {
  test(`eight clients with the same request ids get each its own answers (${era.name})`, async () => {
    const door = await openDoor()
    const clients = await Promise.all(Array.from({ length: 8 }, () => era.http({ url: door.url })))
    const answers = await Promise.all(
      clients.map((client, me) =>
        Promise.all(
          Array.from({ length: 10 }, (_, turn) => client.call('k8s_echo_say_back', { words: `${me}.${turn}` })),
        ),
      ),
    )
    for (const [me, own] of answers.entries())
      assert.deepEqual(
        own.map((each) => each.text),
        own.map((_, turn) => `${me}.${turn}`),
      )
    await Promise.all(clients.map((client) => client.close()))
    await door.close()
  })
}

test('a server object is never made twice, and refuses a second connection', async () => {
  const core = await testCore()
  const factory = makeServerFactory({
    ...core,
    version: '0.0.0',
    callerOf: () => assert.fail('nobody calls'),
    onFault: assert.ifError,
  })
  const made = new Set(Array.from({ length: 5 }, () => factory.make()))
  assert.equal(made.size, 5)
  const [server] = made
  assert.ok(server !== undefined)
  await server.connect(InMemoryTransport.createLinkedPair()[0])
  await assert.rejects(server.connect(InMemoryTransport.createLinkedPair()[0]), /already connected/)
  await server.close()
  await core.close()
})
