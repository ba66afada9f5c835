import Type from 'typebox'
import { serveStreams } from '../../../src/mcp/stdio.ts'
import { defineRead } from '../../../src/operations/define.ts'
import { Closed } from '../../../src/schema.ts'
import { accountName } from '../../../src/account.ts'
import { testCore } from './door.ts'
import { objectOperations } from './objects.ts'
import { type Seen, testOperations } from './operations.ts'

// A server process for the stdio tests: the product's door, the operations of the tests.

const seen: Seen = { begun: [], cancelled: [], principals: [] }
const answer = Closed({ said: Type.String() })
const about = {
  title: 'Test',
  description: 'Test.',
  input: Type.Object({}),
  output: answer,
  untrusted: false,
  text: ({ said }: { said: string }) => said,
}
const own = [
  defineRead({
    ...about,
    name: 'infra.k8s.test.whoAmI',
    handle: async (_input, { call }) => ({ said: `${call.door} ${call.principal.kind} ${call.principal.subject}` }),
  }),
  defineRead({
    ...about,
    name: 'infra.k8s.test.whatHappened',
    handle: async () => ({
      said: [...seen.begun.map((each) => `begun ${each}`), ...seen.cancelled.map((each) => `cancelled ${each}`)].join(
        '\n',
      ),
    }),
  }),
]

const { tools, runner, close } = await testCore({ operations: [...testOperations(seen), ...objectOperations, ...own] })
await serveStreams({
  user: accountName(),
  input: process.stdin,
  output: process.stdout,
  tools,
  runner,
  version: '0.0.0',
  onFault: (error) => void process.stderr.write(`${error.message}\n`),
})
await close()
