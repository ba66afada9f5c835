import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { operations } from '../../src/operations/index.ts'
import { skipWithoutCluster, testCluster } from '../cluster/shared.ts'
import { CHANGES, helmOf } from '../operations/change.cases.ts'
import { openShop, SHOP } from '../operations/shop.ts'
import type { Input } from '../support/doors.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { until } from '../support/process.ts'
import { type Recorder, startRecorder } from '../support/recorder.ts'
import {
  approvalIn,
  approve,
  type Asker,
  inReverse,
  isWrite,
  openSite,
  seen,
  type Site,
  type Somebody,
} from './site.ts'

const APPLY = 'infra.k8s.apply.applyManifest'
const SCALE = 'infra.k8s.deployments.scaleDeployment'
const MIB = 1024 * 1024

const map = (name: string, more = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`
const laughs = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...Array.from(
    'bcdefghi',
    (key, index) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[index]}`).join(',')}]`,
  ),
].join('\n')

/** Manifests that are refused, and what is said of them. */
const MANIFESTS: Readonly<Record<string, readonly [yaml: string, code: string, text: RegExp]>> = {
  'with 51 objects': [
    Array.from({ length: 51 }, (_, index) => map(`m-${index}`)).join('---\n'),
    'bad_manifest',
    /more than 50/,
  ],
  'that is a List of 51': [
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: Array.from({ length: 51 }, (_, index) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `m-${index}` },
      })),
    }),
    'bad_manifest',
    /more than 50/,
  ],
  'that is a List with an object of another namespace': [
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'kube-system' } }],
    }),
    'bad_manifest',
    /items\[0\]\.metadata\.namespace/,
  ],
  'with a key twice': [map('m', 'data:\n  a: x\n  a: y\n'), 'bad_manifest', /line 7/i],
  'with a key twice, in JSON': [
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"a":"x"},"data":{"a":"y"}}',
    'bad_manifest',
    /twice|unique|duplicate/i,
  ],
  'with a word that YAML 1.1 reads otherwise': [map('m', 'data:\n  a: no\n'), 'bad_manifest', /line 6/i],
  'with a number that YAML 1.1 reads otherwise': [map('m', 'data:\n  a: 0777\n'), 'bad_manifest', /line 6/i],
  'with aliases without end': [laughs, 'bad_manifest', /alias/i],
  'with a tag': [map('m', 'data: !!js/function "x"\n'), 'bad_manifest', /tag/i],
  'with generateName': [
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: m-\n',
    'bad_manifest',
    /generateName/,
  ],
  'with a field that the API server writes': [
    map('m', '  uid: 5c6e\n'),
    'bad_manifest',
    /uid is written by the API server only/,
  ],
  'with a resourceVersion': [map('m', '  resourceVersion: "7"\n'), 'bad_manifest', /resourceVersion/],
  'of another namespace': [map('m', '  namespace: kube-system\n'), 'bad_manifest', /namespace/],
  'with the same object twice': [`${map('m')}---\n${map('m')}`, 'bad_manifest', /twice/],
  'of an unknown kind': [map('m').replace('ConfigMap', 'Nosuch'), 'bad_manifest', /Nosuch/],
  'that the schema refuses': [map('m', 'dat:\n  a: b\n'), 'bad_manifest', /dat/],
  'that is no object': ['- a\n- b\n', 'bad_manifest', /./],
  'that is empty': ['# nothing\n', 'bad_manifest', /./],
  'whose name leads elsewhere': [map('../../secrets/x'), 'bad_manifest', /./],
}

suite('a bad request is told what is wrong with it by a code; nothing of it is stored, nothing sent', {
  skip: skipWithoutCluster(),
}, () => {
  let recorder: Recorder
  let site: Site
  let askers: readonly Asker[]
  const work: (() => unknown)[] = []
  before(async () => {
    const ends = inReverse({ after: (each) => work.push(each) })
    const cluster = await testCluster()
    await openShop(cluster)
    recorder = await startRecorder(ends, cluster)
    site = await openSite(ends, recorder.kubeconfig, helmOf(cluster))
    askers = (await site.askers()).filter(({ door }) => door !== 'stdio')
  })
  after(async () => {
    for (const each of work) await each()
  })

  /** Everything that is stored, but for what nobody was asked about. */
  async function stored(): Promise<unknown[]> {
    const found: unknown[] = []
    for (let onward = ''; ; ) {
      const { body } = await site.alice.send('GET', `/approvals?state=all&limit=100${onward}`)
      found.push(...listAt(body, 'approvals').filter((each) => at(each, 'state') !== 'invalid'))
      if (textAt(body, 'continue') === '') return found
      onward = `&continue=${textAt(body, 'continue')}`
    }
  }

  async function refuses(operation: string, input: Input, code: string, text = /./): Promise<void> {
    const known = await stored()
    recorder.take()
    for (const asker of askers) {
      const answer = await asker.call(operation, input)
      assert.equal(at(answer, 'code'), code, `${asker.door}: ${JSON.stringify(answer).slice(0, 300)}`)
      assert.match(textAt(answer, 'text'), text)
    }
    assert.ok(isDeepStrictEqual(await stored(), known), 'something is stored')
    assert.deepEqual(recorder.take().filter(isWrite), [])
  }

  for (const operation of operations.filter(({ kind }) => kind === 'change')) {
    const bad = (CHANGES[operation.name]?.bad ?? []).filter(([input]) => !('id' in input))
    if (bad.length > 0)
      test(operation.name, async () => {
        for (const [input, code] of bad) await refuses(operation.name, input, code)
      })
  }

  for (const [what, [yamlContent, code, text]] of Object.entries(MANIFESTS))
    test(`a manifest ${what}`, async () => {
      await refuses(APPLY, { namespace: SHOP, yamlContent }, code, text)
      const known = await stored()
      const raw = await site.bot.send('POST', `/cluster/apply?namespace=${SHOP}`, yamlContent, {
        'content-type': 'application/yaml',
      })
      assert.equal(at(raw.body, 'code'), code)
      assert.deepEqual(await stored(), known)
    })

  test('a manifest of 2 MiB', async () => {
    const known = await stored()
    const yamlContent = `# ${'x'.repeat(2 * MIB)}\n${map('m')}`
    const answers = await Promise.allSettled([
      site.bot.call(APPLY, { namespace: SHOP, yamlContent }),
      site.bot.send('POST', `/cluster/apply?namespace=${SHOP}`, yamlContent, { 'content-type': 'application/yaml' }),
      ...askers.filter(({ door }) => door === 'MCP').map((asker) => asker.call(APPLY, { yamlContent })),
    ])
    for (const answer of answers) if (answer.status === 'fulfilled') assert.equal(at(answer.value, 'status'), 413)
    assert.deepEqual(await stored(), known)
  })

  test('a body that is no JSON, or has a key twice, or is of another type', async () => {
    const path = `/cluster/deployment/${SHOP}/web/scale`
    const known = await stored()
    for (const [body, type, status] of [
      ['{"replicas":3', 'application/json', 400],
      ['{"replicas":3,"replicas":30}', 'application/json', 400],
      ['[3]', 'application/json', 400],
      ['replicas=3', 'application/x-www-form-urlencoded', 415],
      ['replicas: 3', 'application/yaml', 415],
    ] as const)
      assert.equal((await site.bot.send('POST', path, body, { 'content-type': type })).status, status, body)
    assert.deepEqual(await stored(), known)
  })

  test('an Idempotency-Key that is none, or is given twice', async () => {
    const known = await stored()
    for (const key of ['', 'a b', 'x'.repeat(129), 'ü'])
      assert.equal(
        at(
          (await site.bot.call(SCALE, { namespace: SHOP, name: 'web', replicas: 3 }, { 'idempotency-key': key })).body,
          'code',
        ),
        'bad_input',
        key,
      )
    assert.deepEqual(await stored(), known)
  })
})

suite('an approval that cannot be decided says why, by a code', { skip: skipWithoutCluster() }, () => {
  let site: Site
  const work: (() => unknown)[] = []
  before(async () => {
    const cluster = await testCluster()
    await openShop(cluster)
    site = await openSite({ after: (each) => work.push(each) }, cluster.kubeconfig)
  })
  after(async () => {
    for (const each of work) await each()
  })
  let replicas = 10
  const ask = async (by: Somebody = site.bot, headers: Record<string, string> = {}) =>
    by.call(SCALE, { namespace: SHOP, name: 'idle', replicas: (replicas += 1) }, headers)
  const decide = async (by: Somebody, id: string, word: string, body: object) =>
    textAt((await by.send('POST', `/approvals/${id}/${word}`, body)).body, 'code')

  test('one that is not there, or has no such name', async () => {
    for (const [id, code] of [
      [`apr_${'f'.repeat(24)}`, 'approval_not_found'],
      ['apr_1', 'bad_input'],
      ['..', 'unknown_path'],
      ['%2e%2e', 'unknown_path'],
    ] as const) {
      const path = `/approvals/${id}`
      const { body } = await site.alice.send('GET', path)
      assert.ok([code, 'bad_input'].includes(textAt(body, 'code')), `${id}: ${textAt(body, 'code')}`)
    }
    assert.equal(await decide(site.alice, `apr_${'f'.repeat(24)}`, 'approve', { digest: 'x' }), 'approval_not_found')
  })

  test('one that is decided: denied, cancelled, done', async () => {
    const { id: denied, digest } = approvalIn((await ask()).body)
    assert.equal((await site.alice.send('POST', `/approvals/${denied}/deny`, { reason: 'not now' })).status, 200)
    assert.equal(await decide(site.bob, denied, 'approve', { digest }), 'already_decided')
    const told = await seen(site.bot, denied)
    assert.match(
      textAt(told, 'next'),
      /^Nothing happened: it was denied by person alice\. Not now\. Do not ask for the same again without a new reason\./,
    )
    const { id: cancelled } = approvalIn((await ask()).body)
    assert.equal((await site.bot.send('POST', `/approvals/${cancelled}/cancel`, { reason: 'a mistake' })).status, 200)
    assert.equal(textAt((await approve(site.alice, cancelled)).body, 'code'), 'already_decided')
  })

  test('one that is somebody else’s: it is not there for an agent, and a person cannot cancel it', async () => {
    const { id } = approvalIn((await ask()).body)
    const other = await site.somebody('someone')
    for (const word of ['cancel', 'undo']) assert.equal(await decide(other, id, word, {}), 'approval_not_found')
    assert.equal(await decide(site.bob, id, 'cancel', {}), 'not_yours')
  })

  test('twenty may be open, and the next is told so; the same question counts once', async () => {
    const many = await site.somebody('many')
    const ids = new Set<string>()
    for (let index = 0; index < 20; index++) ids.add(approvalIn((await ask(many)).body).id)
    assert.equal(ids.size, 20)
    const { status, body, headers } = await ask(many)
    assert.deepEqual([status, at(body, 'code'), headers['retry-after']], [429, 'too_many_open_approvals', '30'])
    const same = await many.call(SCALE, { namespace: SHOP, name: 'idle', replicas: replicas - 1 })
    assert.ok(ids.has(approvalIn(same.body).id))
    const [first = ''] = ids
    await many.send('POST', `/approvals/${first}/cancel`)
    assert.equal((await ask(many)).status, 202)
  })

  test('a caller waits with Prefer: wait, and is told that it was applied; what ends in time is 200, with the end', async () => {
    const patient = await site.somebody('patient')
    const answering = ask(patient, { prefer: 'respond-async, wait=30' })
    const summary = `to ${replicas} replicas`
    const id = await until('it waits', async () => {
      const { body } = await site.alice.send('GET', '/approvals')
      const found = listAt(body, 'approvals').find((each) => textAt(each, 'summary').endsWith(summary))
      return at(found, 'state') === 'pending' ? textAt(found, 'id') : undefined
    })
    await site.alice.send('POST', `/approvals/${id}/deny`, { reason: 'no' })
    const { status, headers, body } = await answering
    assert.deepEqual([status, at(body, 'state')], [200, 'denied'])
    assert.deepEqual([headers['preference-applied'], headers['location']], ['wait=30', `/approvals/${id}`])
    const others = await ask(patient, { prefer: 'handling=lenient, wait=soon' })
    assert.deepEqual([others.status, others.headers['preference-applied']], [202, undefined])
  })
})
