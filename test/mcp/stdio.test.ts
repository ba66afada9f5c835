import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { eras, type TestClient } from './support/clients.ts'
import { until } from './support/door.ts'

const server = { command: process.execPath, args: [join(import.meta.dirname, 'support', 'stdio-server.ts')] }

for (const era of eras) {
  suite(`stdio by ${era.name}`, () => {
    let client: TestClient
    before(async () => {
      client = await era.stdio(server)
    })
    after(() => client.close())

    test('tools are listed and called', async () => {
      assert.ok((await client.tools()).some((tool) => tool.name === 'k8s_echo_say_back'))
      const result = await client.call('k8s_echo_say_back', { words: 'ab', times: 3 })
      assert.deepEqual([result.text, result.data], ['ababab', { said: 'ababab' }])
    })

    test('the principal is the account and the name the client gave itself', async () => {
      const { text: who } = await client.call('k8s_test_who_am_i')
      const account = userInfo().username.replaceAll(/[^A-Za-z0-9._-]+/g, '-')
      assert.equal(who, `stdio agent stdio:${account}:test-client`)
    })

    test('bad input and unknown tools read as by HTTP', async () => {
      assert.match((await client.call('k8s_echo_say_back', {})).text, /^bad_input: /)
      await assert.rejects(client.call('sayBack'), /k8s_echo_say_back/)
    })

    test('a cancellation stops the work, and the connection goes on', async () => {
      const stop = new AbortController()
      const call = client.call('k8s_echo_wait_long', { token: 'x' }, { signal: stop.signal })
      await until('it waits', async () => (await client.call('k8s_test_what_happened')).text.includes('begun x'))
      stop.abort()
      await assert.rejects(call)
      await until('it has stopped', async () =>
        (await client.call('k8s_test_what_happened')).text.includes('cancelled x'),
      )
    })

    test('resources are read', async () => {
      assert.match(await client.read('k8s-mcp://cluster/kind-dev/nodes/a'), /"kind":"nodes"/)
    })
  })
}
