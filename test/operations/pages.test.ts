import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import { seedPods } from '../cluster/seed.ts'
import { troubleTest } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { kubectlWide } from '../support/kubectl.ts'
import { answerOf, itemsOf, nameOf } from '../support/lists.ts'
import { type Arrived, type Instead, startRecorder, statusOf } from '../support/recorder.ts'
import { startServer, type TestServer } from '../support/server.ts'

const open = (t: TestContext, { kubeconfig }: { kubeconfig: string }) => startServer(t, { KUBECONFIG: kubeconfig })

let seeded: Promise<readonly string[]> | undefined
/** Ninety pods in three namespaces, beside the recorded ones; made once. */
const fill = (cluster: TestCluster) => (seeded ??= seedPods(cluster, { namespaces: 3, podsPerNamespace: 30 }))

interface Page {
  names: string[]
  remaining: unknown
}

/** Every page of a list, each asked for with the token of the one before. */
async function walk(server: TestServer, path: string): Promise<Page[]> {
  const pages: Page[] = []
  let token = ''
  do {
    const next: string = token === '' ? '' : `&continue=${encodeURIComponent(token)}`
    const answer = await answerOf(server, path + next)
    pages.push({
      names: listAt(answer, 'items').map((item) => nameOf(Object(item))),
      remaining: at(answer, 'remaining'),
    })
    token = textAt(answer, 'continue')
  } while (token !== '')
  return pages
}

const namesOf = (pages: readonly Page[]): string[] => pages.flatMap(({ names }) => names)

const KINDS: readonly (readonly [path: string, kind: string])[] = [
  ['/cluster/pods?allNamespaces=true', 'pods'],
  ['/cluster/deployments?allNamespaces=true', 'deployments'],
  ['/cluster/services?allNamespaces=true', 'services'],
  ['/cluster/resources/cm?allNamespaces=true', 'configmaps'],
  ['/cluster/resources/rs?allNamespaces=true', 'replicasets'],
]

for (const [path, kind] of KINDS)
  for (const format of ['rows', 'objects'])
    troubleTest(
      `pages of ${path} as ${format} are complete, in the order of the API server, without doubles`,
      async ({ cluster }, t) => {
        await fill(cluster)
        const server = await open(t, cluster)
        const expected = (await kubectlWide(cluster, kind, '-A')).map((each) => `${each['NAMESPACE']}/${each['NAME']}`)
        const pages = await walk(
          server,
          `${path}&format=${format}&limit=${Math.max(1, Math.floor(expected.length / 4))}`,
        )
        assert.deepEqual(namesOf(pages), expected)
        assert.ok(pages.length >= Math.min(4, expected.length), 'one page proves nothing')
        const left = pages.map(({ remaining }) => remaining)
        assert.equal(left.at(-1), undefined)
        const after = pages.map((_, index) => namesOf(pages.slice(index + 1)).length)
        assert.deepEqual(left.slice(0, -1), after.slice(0, -1), 'remaining counts what comes')
      },
    )

troubleTest('a filter of ours does not break pages: what needs a look, three at a time', async ({ cluster }, t) => {
  await fill(cluster)
  const server = await open(t, cluster)
  for (const format of ['rows', 'objects']) {
    const path = `/cluster/pods?allNamespaces=true&ready=false&format=${format}`
    const whole = namesOf(await walk(server, `${path}&limit=500`))
    const pages = await walk(server, `${path}&limit=3`)
    assert.deepEqual(namesOf(pages), whole)
    assert.ok(pages.slice(0, -1).every(({ names }) => names.length === 3))
    assert.ok(whole.some((name) => name.startsWith('load-')) && whole.includes('trouble/crash'))
  }
})

troubleTest('pages of events go from the newest to the oldest, none twice', async ({ cluster }, t) => {
  const server = await open(t, cluster)
  const path = '/cluster/events?allNamespaces=true'
  const pages = await walk(server, `${path}&limit=20`)
  const expected = (await kubectlWide(cluster, 'events', '-A')).map((each) => `${each['NAMESPACE']}/${each['NAME']}`)
  assert.deepEqual(namesOf(pages).toSorted(), expected.toSorted())
  assert.ok(pages.length > 3)
  const times = (await itemsOf(server, `${path}&limit=500`)).map((each) => Date.parse(textAt(each, 'lastTime')))
  assert.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
  )
})

troubleTest('a token may go on with another limit, and with no other question', async ({ cluster }, t) => {
  await fill(cluster)
  const server = await open(t, cluster)
  const path = '/cluster/pods?allNamespaces=true'
  const token = textAt(await answerOf(server, `${path}&limit=5`), 'continue')
  const onward = (query: string) => server.rest(`${query}&continue=${encodeURIComponent(token)}`)
  const [second, all] = [await onward(`${path}&limit=2`), namesOf(await walk(server, `${path}&limit=500`))]
  assert.deepEqual(
    listAt(second.body, 'items').map((item) => nameOf(Object(item))),
    all.slice(5, 7),
  )
  const others = [
    '/cluster/pods?namespace=trouble',
    `${path}&labelSelector=app%3Dhealthy`,
    `${path}&fieldSelector=spec.nodeName%3Dnode1`,
    `${path}&ready=true`,
    `${path}&format=objects`,
    `${path}&context=viewer`,
    '/cluster/deployments?allNamespaces=true',
    '/cluster/resources/pods?',
    '/cluster/events?allNamespaces=true',
  ]
  for (const other of others) {
    const { status, body } = await onward(other)
    assert.deepEqual([status, at(body, 'code')], [400, 'bad_input'], other)
    assert.match(textAt(body, 'detail'), /continue is not usable: it belongs to a list with other parameters/)
  }
})

troubleTest('a damaged token is refused before the API server is asked', async ({ cluster }, t) => {
  const recorder = await startRecorder(t, cluster)
  const server = await open(t, recorder)
  const good = textAt(await answerOf(server, '/cluster/pods?allNamespaces=true&limit=5'), 'continue')
  const decoded = Buffer.from(good, 'base64url').toString()
  const forged = (text: string) => Buffer.from(text).toString('base64url')
  const damaged = [
    good.slice(1),
    good.slice(0, -4),
    `${good}!`,
    '0',
    forged('[]'),
    forged('[1,"x",0,"y"]'),
    forged('{"v":1}'),
  ]
  const altered = [decoded.replace('[1', '[2'), decoded.replace(',0,', ',-1,'), decoded.replace(',0,', ',0.5,')].map(
    forged,
  )
  recorder.take()
  for (const token of [...damaged, ...altered]) {
    const { status, body } = await server.rest(
      `/cluster/pods?allNamespaces=true&limit=5&continue=${encodeURIComponent(token)}`,
    )
    assert.deepEqual([status, at(body, 'code')], [400, 'bad_input'], token)
  }
  assert.deepEqual(recorder.take(), [])
})

// etcd forgets old versions after five minutes; the answer is the API server's own then.
const expired = ({ query }: Arrived): Instead | undefined =>
  query.has('continue')
    ? statusOf(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result.')
    : undefined

troubleTest('a token that the API server no longer knows says so, by every door', async ({ cluster }, t) => {
  const server = await open(t, await startRecorder(t, cluster, { instead: expired }))
  const client = await server.mcp()
  const lists = [
    '/cluster/pods?allNamespaces=true',
    '/cluster/pods?allNamespaces=true&format=objects',
    '/cluster/resources/pods?allNamespaces=true',
  ]
  for (const path of lists) {
    const token = textAt(await answerOf(server, `${path}&limit=5`), 'continue')
    const { status, body } = await server.rest(`${path}&limit=5&continue=${encodeURIComponent(token)}`)
    assert.deepEqual([status, at(body, 'code')], [410, 'continue_expired'])
    assert.equal(
      textAt(body, 'detail'),
      'This continue token is too old: the API server no longer has that version of the list.',
    )
    assert.equal(textAt(body, 'next'), 'Start again without continue.')
  }
  const first = await client.callTool({ name: 'k8s_pods_list_pods', arguments: { allNamespaces: true, limit: 5 } })
  const continued = { allNamespaces: true, limit: 5, continue: textAt(first, 'structuredContent', 'continue') }
  const second = await client.callTool({ name: 'k8s_pods_list_pods', arguments: continued })
  assert.equal(second.isError, true)
  assert.match(textAt(second, 'content', 0, 'text'), /^continue_expired: This continue token is too old.* Start again/)
})

troubleTest(
  'a list asks for no more than its page, never with resourceVersion, and in one request',
  async ({ cluster }, t) => {
    await fill(cluster)
    const recorder = await startRecorder(t, cluster)
    const server = await open(t, recorder)
    await answerOf(server, '/cluster/pods?allNamespaces=true&limit=7')
    const [request, ...others] = recorder.take()
    assert.deepEqual([request?.path, request?.query.get('limit'), others.length], ['/api/v1/pods', '7', 0])
    await answerOf(server, '/cluster/pods?allNamespaces=true')
    const [unlimited] = recorder.take()
    assert.deepEqual([unlimited?.query.get('limit'), unlimited?.query.has('resourceVersion')], ['100', false])
  },
)

troubleTest('a list is about the namespace of its context unless it says another', async ({ cluster }, t) => {
  const { kubeconfig } = await startRecorder(t, cluster, { namespace: 'trouble-quota' })
  const server = await open(t, { kubeconfig })
  const where = async (query: string) => {
    const answer = await answerOf(server, `/cluster/pods${query}`)
    const namespaces = new Set(listAt(answer, 'items').map((each) => textAt(each, 'namespace')))
    return [at(answer, 'context'), at(answer, 'namespace'), ...namespaces]
  }
  assert.deepEqual(await where(''), ['admin', 'trouble-quota', 'trouble-quota'])
  assert.deepEqual(await where('?namespace=trouble'), ['admin', 'trouble', 'trouble'])
  assert.deepEqual(await where('?context=other'), ['other', 'default'])
  assert.deepEqual((await where('?allNamespaces=true')).slice(0, 2), ['admin', undefined])
})

// A list that goes on for ever: the same page with a token, again and again.
const endless = ({ path }: Arrived): Instead | undefined =>
  path.endsWith('/events')
    ? { status: 200, body: { kind: 'EventList', apiVersion: 'v1', metadata: { continue: 'on' }, items: [] } }
    : undefined

troubleTest('events that are too many to read them all are said to be', async ({ cluster }, t) => {
  const recorder = await startRecorder(t, cluster, { instead: endless })
  const server = await open(t, recorder)
  const answer = await answerOf(server, '/cluster/events?allNamespaces=true')
  assert.match(textAt(answer, 'truncated'), /newer ones may be among the rest/)
  assert.equal(recorder.take().filter(({ path }) => path.endsWith('/events')).length, 20)
})
