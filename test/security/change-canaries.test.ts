import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { canaries, tracesOf } from '../data/canaries.ts'
import { approvalIn, approvedAndEnded, type Asker, inReverse, openSite, type Site } from '../promise/site.ts'
import type { Input } from '../support/doors.ts'
import { at, textAt } from '../support/json.ts'
import { found, manifestsOf, plant, type Planted } from './planting.ts'

const TRACES = new Map(canaries.map((canary) => [canary, tracesOf(canary)]))
const [R, P] = ['infra.k8s.resources.', 'infra.k8s.pods.']

suite('canaries in what is asked for and what it would change', { skip: skipWithoutCluster() }, () => {
  let cluster: TestCluster
  let site: Site
  let askers: Asker[]
  let planted: Planted
  const work: (() => unknown)[] = []
  before(async () => {
    const ends = inReverse({ after: (each) => work.push(each) })
    cluster = await testCluster()
    planted = await plant(cluster, await withNamespace(cluster))
    site = await openSite(ends, cluster.kubeconfig, { LOG_LEVEL: 'trace' })
    askers = await site.askers()
  })
  after(async () => {
    for (const each of work) await each()
  })

  const clean = (text: string, where: string) => assert.deepEqual(found(text, TRACES), [], `${where} shows a canary`)

  /** Everything that can be seen of an approval, by its requester and by an approver, in every form. */
  async function look(id: string, asker: Asker, where: string): Promise<void> {
    const path = `/approvals/${id}`
    for (const accept of ['application/json', 'text/plain']) {
      const { body } = await site.server.rest(path, { headers: { accept } })
      assert.equal(at(body, 'code') ?? 'approval_not_found', 'approval_not_found')
    }
    clean(JSON.stringify((await site.alice.send('GET', path)).body), `${where}, to an approver,`)
    clean(JSON.stringify(await asker.call('infra.k8s.approvals.getApproval', { id })), `${where}, to its requester,`)
  }

  /** Asks by one door; looks at the answer. Approved, it looks at what came of it too. */
  async function ask(asker: Asker, operation: string, input: Input, decision: 'approve' | 'deny'): Promise<string> {
    const answer = await asker.call(operation, input)
    const where = `${operation} ${textAt(answer, 'summary')}${textAt(answer, 'code')}`
    clean(JSON.stringify(answer), where)
    if (at(answer, 'id') === undefined) return textAt(answer, 'code')
    const { id } = approvalIn(answer)
    await look(id, asker, where)
    if (decision === 'deny') await site.alice.send('POST', `/approvals/${id}/deny`, { reason: 'no' })
    else clean(JSON.stringify(await approvedAndEnded(site.alice, id)), `the end of ${where}`)
    await look(id, asker, where)
    return textAt((await site.alice.send('GET', `/approvals/${id}`)).body, 'state')
  }

  const renamed = (manifest: string) => {
    const object = JSON.parse(manifest)
    return JSON.stringify({ ...object, metadata: { ...object.metadata, name: `${object.metadata.name}-copy` } })
  }

  test('a manifest that holds them is asked for, shown, applied and put back without showing one', async () => {
    const { namespace } = planted
    const states = []
    for (const [index, manifest] of (await manifestsOf(cluster, planted)).entries()) {
      const asker = askers[index % askers.length]
      assert.ok(asker)
      states.push(
        await ask(asker, 'infra.k8s.apply.applyManifest', { namespace, yamlContent: renamed(manifest) }, 'approve'),
      )
    }
    assert.ok(states.filter((state) => state === 'succeeded').length > 10, states.join(' '))
  })

  test('objects that hold them are patched and deleted without showing one', async () => {
    const { namespace, secrets, configMaps, pod, deployment } = planted
    const [first, second, third] = askers
    assert.ok(first && second && third)
    for (const canary of canaries.slice(0, 8)) {
      const patch = { stringData: { password: canary.secret, note: canary.secret } }
      assert.equal(
        await ask(
          first,
          `${R}patchResource`,
          { kind: 'secret', namespace, name: secrets[0], type: 'merge', patch },
          'deny',
        ),
        'denied',
      )
    }
    for (const name of secrets.slice(1))
      await ask(second, `${R}deleteResource`, { kind: 'secret', namespace, name }, 'approve')
    for (const name of configMaps) await ask(third, `${R}deleteResource`, { kind: 'cm', namespace, name }, 'approve')
    await ask(first, 'infra.k8s.deployments.restartDeployment', { namespace, name: deployment }, 'deny')
    await ask(second, `${R}deleteResource`, { kind: 'deploy', namespace, name: deployment }, 'deny')
    await ask(third, `${P}deletePod`, { namespace, name: pod }, 'deny')
  })

  test('a pod that is given them, and a command that is given or answers them, show none', async () => {
    const { namespace, pod: name } = planted
    const [first, second] = askers
    assert.ok(first && second)
    const env = Object.fromEntries(
      canaries.flatMap(({ plant: given }) => (given.place === 'env' ? [[given.name, given.value]] : [])),
    )
    assert.equal(
      await ask(first, `${P}createPod`, { namespace, name: 'given', image: 'shop/given:v1', env }, 'approve'),
      'succeeded',
    )
    for (const { plant: given } of canaries)
      if (given.place === 'args') {
        const command = { command: ['sh'], args: given.args }
        await ask(second, `${P}createPod`, { namespace, name: 'args', image: 'shop/given:v1', ...command }, 'deny')
      } else if (given.place === 'log') {
        const stdin = `${given.lines.join('\n')}\n`
        const state = await ask(
          first,
          `${P}execInPod`,
          { namespace, name, container: 'app', command: ['cat'], stdin },
          'approve',
        )
        assert.equal(state, 'succeeded')
      }
  })

  test('neither the log, nor the audit, nor lists and events, nor the files on disk have one', async () => {
    clean(site.server.logText(), 'the log')
    clean(JSON.stringify(await site.audit()), 'the audit')
    clean(JSON.stringify((await site.alice.send('GET', '/approvals?state=all&limit=100')).body), 'the list')
    const files = readdirSync(site.dataDir).filter((file) => statSync(join(site.dataDir, file)).isFile())
    assert.ok(files.some((file) => file.endsWith('.sqlite')))
    for (const file of files) clean(readFileSync(join(site.dataDir, file)).toString('latin1'), file)
  })
})
