import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { canaries, tracesOf } from '../data/canaries.ts'
import { type Doors, type Input, openDoors } from '../support/doors.ts'
import { at, listAt } from '../support/json.ts'
import { manifestsOf, plant, type Planted } from './planting.ts'

/** A guess that is wrong by its last character alone. */
const wrong = (secret: string) => secret.replace(/[A-Za-z0-9](?=[^A-Za-z0-9]*$)/, (last) => (last === 'a' ? 'b' : 'a'))

suite('no answer tells whether a guess is right', { skip: skipWithoutCluster() }, () => {
  let cluster: TestCluster
  let doors: Doors
  let planted: Planted
  const work: (() => unknown)[] = []
  before(async () => {
    cluster = await testCluster()
    planted = await plant(cluster, await withNamespace(cluster))
    doors = await openDoors({ after: (each) => work.push(each) }, { KUBECONFIG: cluster.kubeconfig })
  })
  after(async () => {
    for (const each of work.toReversed()) await each()
  })

  test('searching logs finds no secret, nor any part of one', async () => {
    const { namespace, pod: name } = planted
    const lines = async (...contains: string[]) => {
      const { output } = await doors.rest('infra.k8s.pods.getPodLogs', { namespace, name, container: 'app', contains })
      return listAt(output, 'lines').length
    }
    const logged = canaries.filter(({ plant: { place } }) => place === 'log')
    assert.ok((await lines('<masked>')) >= 20, 'the lines are there')
    for (const { secret, shape } of logged) {
      const parts = [4, 8, 16, 32].map((from) => secret.slice(from, from + 6)).filter((part) => part.length === 6)
      assert.equal(await lines(secret.slice(0, 200), ...parts), 0, shape)
    }
  })

  test('a diff answers the same for a right guess as for a wrong one, whatever holds the secret', async () => {
    const { namespace } = planted
    const diff = (yamlContent: string) => doors.rest('infra.k8s.apply.diffManifest', { namespace, yamlContent })
    let guesses = 0
    for (const right of await manifestsOf(cluster, planted)) {
      const traces = canaries.flatMap(tracesOf).filter((trace) => trace.length > 8 && right.includes(trace))
      if (traces.length === 0) continue
      const answer = await diff(right)
      assert.equal(answer.code, 'ok', answer.text)
      const guess = traces.reduce((text, trace) => text.replaceAll(trace, wrong(trace)), right)
      assert.notEqual(guess, right)
      assert.deepEqual((await diff(guess)).output, answer.output)
      guesses += traces.length
    }
    assert.ok(guesses > 30, `${guesses} guesses`)
  })

  test('a diff of a Secret says only that each key is set', async () => {
    const [secret = ''] = (await manifestsOf(cluster, planted)).filter((each) => each.includes('"kind":"Secret"'))
    const { namespace } = planted
    const { output } = await doors.mcp('infra.k8s.apply.diffManifest', { namespace, yamlContent: secret })
    const changes = listAt(output, 'documents', 0, 'changes').filter((row) =>
      String(at(row, 'path')).startsWith('data'),
    )
    assert.ok(changes.length > 0)
    for (const row of changes) assert.equal(at(row, 'op'), 'set')
  })

  // What is of a request itself, or of what was given, and not of what is there.
  const OF_ITS_OWN = new Set(['id', 'url', 'next', 'digest', 'createdAt', 'expiresAt', 'audit'])
  const told = (output: unknown) =>
    JSON.parse(JSON.stringify(output), (key, each: unknown) => (OF_ITS_OWN.has(key) ? '' : each))

  /** What an agent is told of a change; it is cancelled, since only so many may be open. */
  async function asked(operation: string, input: Input): Promise<unknown> {
    const { code, text, output } = await doors.mcp(operation, input)
    if (code === 'ok') await doors.mcp('infra.k8s.approvals.cancelApproval', { id: at(output, 'id') })
    return code === 'ok' ? told(output) : [code, text]
  }

  /** Changes that give a Secret one value. */
  function giving(name: string, type: string, key: string, guess: string): [operation: string, input: Input][] {
    const { namespace } = planted
    const stringData = { [key]: guess }
    const object = { kind: 'secret', namespace, name }
    const yamlContent = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', type, metadata: { name }, stringData })
    return [
      ['infra.k8s.resources.patchResource', { ...object, type: 'merge', patch: { stringData } }],
      ['infra.k8s.apply.applyManifest', { namespace, force: true, yamlContent }],
    ]
  }

  test('asking for a change tells an agent the same for a right guess as for a wrong one', async () => {
    let guesses = 0
    const inSecrets = canaries.flatMap((each) => (each.plant.place === 'secret' ? [each.plant] : []))
    for (const [index, { type, data }] of inSecrets.entries())
      for (const [key, value] of Object.entries(data)) {
        const name = planted.secrets[index] ?? ''
        const [right, other] = [value, wrong(value)].map((guess) => giving(name, type, key, guess))
        assert.notDeepEqual(right, other)
        for (const [which, [operation, input]] of (right ?? []).entries())
          assert.deepEqual(
            await asked(operation, input),
            await asked(operation, other?.[which]?.[1] ?? {}),
            `${name} ${key}`,
          )
        guesses += 2
      }
    assert.ok(guesses > 15, `${guesses} guesses`)
  })

  test('a JSON patch tests nothing of a Secret', async () => {
    const { namespace, secrets } = planted
    const [value = ''] = canaries.flatMap(({ plant: given }) =>
      given.place === 'secret' ? Object.values(given.data) : [],
    )
    for (const guess of [value, wrong(value)]) {
      const guessing = { op: 'test', path: '/data/password', value: Buffer.from(guess).toString('base64') }
      const patch = [guessing, { op: 'add', path: '/metadata/labels/seen', value: 'yes' }]
      const answer = await doors.mcp('infra.k8s.resources.patchResource', {
        kind: 'secret',
        namespace,
        name: secrets[0],
        type: 'json',
        patch,
      })
      assert.equal(answer.code, 'bad_input', answer.text)
    }
  })

  test('no selector reaches the data of a Secret', async () => {
    const { namespace } = planted
    const [secret = ''] = canaries.filter(({ plant: { place } }) => place === 'secret').map((each) => each.secret)
    for (const value of [secret, wrong(secret)])
      for (const field of ['data.password', 'stringData.password', 'metadata.annotations']) {
        const fieldSelector = `${field}=${value.replaceAll(/[^\w]/g, '')}`
        const answer = await doors.rest('infra.k8s.resources.listResources', {
          kind: 'secrets',
          namespace,
          fieldSelector,
        })
        assert.equal(answer.code, 'bad_input')
        assert.match(answer.text, /field label not supported|not supported/)
      }
  })
})
