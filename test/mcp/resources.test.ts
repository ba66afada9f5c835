import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { CLUSTER_SCOPED, NAMESPACED } from '../../src/mcp/resources.ts'
import { eras, type TestClient } from './support/clients.ts'
import { openDoor, type TestDoor } from './support/door.ts'
import { objectOperations } from './support/objects.ts'

const rejects = (promise: Promise<unknown>, pattern: RegExp) =>
  assert.rejects(promise, (error) => error instanceof Error && pattern.test(error.message))

for (const era of eras) {
  suite(`resources and completion by ${era.name}`, () => {
    let door: TestDoor
    let client: TestClient
    before(async () => {
      door = await openDoor()
      client = await era.http({ url: door.url })
    })
    after(async () => {
      await client.close()
      await door.close()
    })

    test('every context is a resource whose URI can be read', async () => {
      const resources = await client.resources()
      assert.deepEqual(
        resources.map(({ name, uri }) => [name, uri]),
        [
          ['kind-dev', 'k8s-mcp://cluster/kind-dev'],
          ['arn:aws:eks/prod', 'k8s-mcp://cluster/arn%3Aaws%3Aeks%2Fprod'],
        ],
      )
      const read = await Promise.all(resources.map(({ uri }) => client.read(uri)))
      assert.deepEqual(
        read.map((text): unknown => JSON.parse(text)),
        [{ context: 'kind-dev' }, { context: 'arn:aws:eks/prod' }],
      )
    })

    test('objects are read by the two templates, segments decoded exactly once', async () => {
      assert.deepEqual(
        (await client.templates()).map((each) => each.uriTemplate),
        [NAMESPACED, CLUSTER_SCOPED],
      )
      const pod: unknown = JSON.parse(
        await client.read('k8s-mcp://cluster/arn%3Aaws%3Aeks%2Fprod/namespaces/shop/pods/web-1'),
      )
      assert.deepEqual(pod, { kind: 'pods', metadata: { name: 'web-1', namespace: 'shop' }, note: '\\u202e' })
      assert.deepEqual(JSON.parse(await client.read('k8s-mcp://cluster/a%2525b')), { context: 'a%25b' })
      const role: unknown = JSON.parse(await client.read('k8s-mcp://cluster/kind-dev/clusterroles/system%3Anode'))
      assert.deepEqual(role, { kind: 'clusterroles', metadata: { name: 'system:node' }, note: '\\u202e' })
    })

    test('a URI that is none of ours is not found', async () => {
      const none = [
        'test://elsewhere',
        'k8s-mcp://cluster',
        'k8s-mcp://cluster/a/b',
        'k8s-mcp://cluster/a/b/c/d',
        'k8s-mcp://cluster/a/namespaces/b/c/d/e',
        'k8s-mcp://cluster/%E0%A4%A',
        `k8s-mcp://cluster/${'x'.repeat(5000)}`,
      ]
      for (const uri of none) await rejects(client.read(uri), /not found/i)
    })

    test('a segment that could reach another path is refused by the schema of the operation', async () => {
      for (const name of ['..', '%2e%2e', 'a%2fb', '%252e%252e', 'a%3fb', ''])
        await rejects(
          client.read(`k8s-mcp://cluster/kind-dev/namespaces/shop/pods/${name}`),
          /bad_input: name must match/,
        )
      assert.ok(
        door.outcomes
          .filter((each) => each.operation.endsWith('getResource'))
          .every((each) => each.outcome !== 'internal'),
      )
    })

    test('an object that does not exist is not found; a cluster that does not answer is another error', async () => {
      await rejects(client.read('k8s-mcp://cluster/kind-dev/namespaces/shop/pods/missing'), /pods "missing" not found/)
      await rejects(client.read('k8s-mcp://cluster/kind-dev/namespaces/shop/pods/slow'), /cluster_timeout/)
    })

    test('contexts, namespaces, kinds and names are completed, each from what is known already', async () => {
      const complete = (name: string, value: string, known?: Record<string, string>) =>
        client.complete(NAMESPACED, { name, value }, known)
      assert.deepEqual(await complete('context', 'k'), ['kind-dev', 'arn:aws:eks/prod'])
      assert.deepEqual(await complete('namespace', 'team-14', { context: 'kind-dev' }), [
        'team-14',
        ...Array.from({ length: 10 }, (_, index) => `team-14${index}`),
      ])
      assert.deepEqual(await complete('kind', 'POD'), ['pods', 'podtemplates'])
      assert.deepEqual(await complete('name', 'web', { namespace: 'shop', kind: 'pods' }), ['web-1', 'web-2', 'my-web'])
      assert.deepEqual(await client.complete(CLUSTER_SCOPED, { name: 'kind', value: '' }), ['nodes'])
    })

    test('an answer has at most a hundred values', async () => {
      assert.equal((await client.complete(NAMESPACED, { name: 'namespace', value: '' })).length, 100)
    })

    test('what cannot be completed completes nothing and is no failure', async () => {
      assert.deepEqual(await client.complete(NAMESPACED, { name: 'namespace', value: '' }, { context: 'down' }), [])
      assert.deepEqual(await client.complete(NAMESPACED, { name: 'name', value: '' }), [])
      assert.deepEqual(await client.complete(NAMESPACED, { name: '__proto__', value: '' }), [])
      assert.deepEqual(await client.complete('k8s-mcp://other/{x}', { name: 'context', value: '' }), [])
    })
  })
}

test('where the toolset leaves the operations out, there are no resources, no templates and no completions', async () => {
  const door = await openDoor({ toolsets: ['echo'] })
  const [era] = eras
  assert.ok(era !== undefined)
  const client = await era.http({ url: door.url })
  assert.deepEqual([await client.resources(), await client.templates()], [[], []])
  assert.deepEqual(await client.complete(NAMESPACED, { name: 'context', value: '' }), [])
  await rejects(client.read('k8s-mcp://cluster/kind-dev/nodes/a'), /operation_disabled/)
  await client.close()
  await door.close()
})

test('without those operations the door opens all the same', async () => {
  const door = await openDoor({ operations: objectOperations.slice(0, 1) })
  const [era] = eras
  assert.ok(era !== undefined)
  const client = await era.http({ url: door.url })
  assert.deepEqual(await client.resources(), [])
  await rejects(client.read('k8s-mcp://cluster/kind-dev/nodes/a'), /not found/i)
  await client.close()
  await door.close()
})
