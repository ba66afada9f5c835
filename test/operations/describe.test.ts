import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import { troubleTest } from '../cluster/shared.ts'
import type { RecordedObject } from '../cluster/troubles.ts'
import { EXPECTED } from '../describe/expected.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { answerOf, itemsOf } from '../support/lists.ts'
import { startServer } from '../support/server.ts'

const open = (t: TestContext, { kubeconfig }: TestCluster) => startServer(t, { KUBECONFIG: kubeconfig })

// A deletion is told as stuck once it takes a minute, and nobody can make an object that was deleted a while ago.
const later = ({ mock }: TestContext) => mock.timers.enable({ apis: ['Date'], now: Date.now() + 300_000 })

const KIB = 1024
/** Ages go on since the recording. */
const timeless = (line: string) => line.replaceAll(/\b(?:\d+[smhd])+\b/g, 'AGE')
const keyOf = ({ namespace, kind, name }: RecordedObject) => `${namespace}/${kind}/${name}`
const pathOf = ({ namespace, kind, name }: RecordedObject) => `/cluster/describe/${kind}/${name}?namespace=${namespace}`

/** The first line of a text, and what it has to be: the cause of a finding, or that nothing is wrong. */
function assertFirstLine(text: string, recorded: RecordedObject, answer: unknown): void {
  const [line = ''] = text.split('\n')
  const causes = listAt(answer, 'findings').map((each) => textAt(each, 'cause'))
  if (typeof EXPECTED[keyOf(recorded)] !== 'string') return assert.match(line, /^ok(: |$)/, keyOf(recorded))
  const isCause = causes.some((cause) => cause.startsWith(line.replace(/…$/, '')))
  assert.ok(isCause, `${keyOf(recorded)}: ${line}`)
}

troubleTest(
  'the first line about every recorded object carries the reason and the message that matter',
  async ({ cluster, objects }, t) => {
    later(t)
    const server = await open(t, cluster)
    assert.equal(objects.length, Object.keys(EXPECTED).length)
    for (const recorded of objects) {
      const { status, text } = await server.rest(pathOf(recorded), { headers: { accept: 'text/plain' } })
      assert.equal(status, 200, text)
      const answer = await answerOf(server, pathOf(recorded))
      assertFirstLine(text, recorded, answer)
      assert.ok(Buffer.byteLength(text) <= 8 * KIB + 100, `${keyOf(recorded)} has ${Buffer.byteLength(text)} bytes`)
      assert.equal(textAt(answer, 'verdict') === '', typeof EXPECTED[keyOf(recorded)] !== 'string')
      if (textAt(answer, 'verdict') !== '')
        assert.equal(timeless(textAt(answer, 'verdict')), timeless(text.split('\n')[0] ?? ''))
      assert.deepEqual([at(answer, 'context'), listAt(answer, 'limits')], ['admin', []], keyOf(recorded))
    }
  },
)

troubleTest('an agent reads the same line, fenced as what others wrote', async ({ cluster, objects }, t) => {
  later(t)
  const client = await (await open(t, cluster)).mcp()
  for (const recorded of objects) {
    const { kind, namespace, name } = recorded
    const answer = await client.callTool({
      name: 'k8s_resources_describe_resource',
      arguments: { kind, namespace, name },
    })
    const text = textAt(answer, 'content', 0, 'text')
    assert.match(text, /^<untrusted [0-9a-f]{8}>/)
    assertFirstLine(text.slice(text.indexOf('\n') + 1), recorded, at(answer, 'structuredContent'))
    assert.ok(Buffer.byteLength(text) <= 8 * KIB + 200, `${keyOf(recorded)} has ${Buffer.byteLength(text)} bytes`)
  }
})

troubleTest('owners lead up, what is owned leads down, and events are merged by reason', async ({ cluster }, t) => {
  const server = await open(t, cluster)
  const describe = (kind: string, name: string) =>
    answerOf(server, `/cluster/describe/${kind}/${name}?namespace=trouble`)
  const pod = await describe('po', 'rollout-stuck-84698dd7db-gzgmb')
  assert.deepEqual(listAt(pod, 'owners'), ['ReplicaSet/rollout-stuck-84698dd7db', 'Deployment/rollout-stuck'])
  const deployment = JSON.stringify(await describe('deploy', 'rollout-stuck'))
  for (const owned of ['rollout-stuck-84698dd7db', 'rollout-stuck-84698dd7db-gzgmb', 'rollout-stuck-84698dd7db-xvn67'])
    assert.ok(deployment.includes(owned), owned)
  const events = listAt(await describe('po', 'crash'), 'events').map((each) => textAt(each, 'reason'))
  assert.deepEqual(events.toSorted(), [...new Set(events)].toSorted())
  assert.ok(events.includes('BackOff') && events.includes('Pulled'))
})

troubleTest('less is described where less is asked for, and what was cut is said', async ({ cluster }, t) => {
  const server = await open(t, cluster)
  const path = '/cluster/describe/po/sidecar-crash?namespace=trouble'
  const texts = await Promise.all(
    [1024, 2048, 65_536].map(
      async (bytes) => (await server.rest(`${path}&maxBytes=${bytes}`, { headers: { accept: 'text/plain' } })).text,
    ),
  )
  const [least = '', less = '', all = ''] = texts
  assert.ok(least.length < less.length && less.length < all.length)
  assert.match(least, /maxBytes/)
  assert.doesNotMatch(all, /maxBytes/)
  assert.equal(new Set(texts.map((text) => timeless(text.split('\n')[0] ?? ''))).size, 1, 'the first line is never cut')
})

troubleTest(
  'every kind that can be listed and got is: its first object, listed, got and described',
  async ({ cluster }, t) => {
    const server = await open(t, cluster)
    const kinds = (await itemsOf(server, '/cluster/api-resources')).filter((each) =>
      ['list', 'get'].every((verb) => listAt(each, 'verbs').includes(verb)),
    )
    assert.ok(kinds.length > 50, `${kinds.length} kinds`)
    const seen = await Promise.all(kinds.map((each) => visit(server, each)))
    assert.ok(seen.filter(Boolean).length > 25, 'most kinds have an object')
  },
)

type Server = Awaited<ReturnType<typeof startServer>>

/** Lists a kind by its full name and reads its first object in both ways; false where there is none. */
async function visit(server: Server, kind: object): Promise<boolean> {
  const [version = '', group = ''] = textAt(kind, 'apiVersion').split('/').toReversed()
  const full = [textAt(kind, 'name'), version, group].filter((part) => part !== '').join('.')
  const [row] = await itemsOf(
    server,
    `/cluster/resources/${full}?limit=1${at(kind, 'namespaced') === true ? '&allNamespaces=true' : ''}`,
  )
  if (row === undefined) return false
  const [name, namespace] = [textAt(row, 'name'), textAt(row, 'namespace')]
  const where = `${full}/${encodeURIComponent(name)}${namespace === '' ? '' : `?namespace=${namespace}`}`
  const object = at(await answerOf(server, `/cluster/resources/${where}`), 'object')
  assert.deepEqual([textAt(object, 'kind'), textAt(object, 'metadata', 'name')], [textAt(kind, 'kind'), name], full)
  const described = await answerOf(server, `/cluster/describe/${where}`)
  assert.deepEqual([textAt(described, 'kind'), textAt(described, 'name')], [textAt(kind, 'kind'), name], full)
  assert.ok(JSON.stringify(described).length > 100, full)
  return true
}
