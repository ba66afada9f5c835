import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { audited, newNode, on, pathOf, deploy } from '../changes/support.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import type { Input } from '../support/doors.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { runPod } from '../support/pods.ts'
import { folder } from '../support/process.ts'
import { startRecorder } from '../support/recorder.ts'
import { endedEarly, approvalIn, approvedAndEnded, inReverse, isWrite, openSite, seen, type Site } from './site.ts'

const SWITCH = 'infra.k8s.cluster.switchContext'

/** Asks for it, has it approved, and answers the id of its run. */
async function run(site: Site, operation: string, input: Input): Promise<string> {
  const { id } = approvalIn((await site.bot.call(operation, input)).body)
  const end = await approvedAndEnded(site.alice, id)
  assert.equal(at(end, 'state'), 'succeeded', textAt(end, 'next'))
  return textAt(end, 'execution')
}

clusterTest(
  'the API server’s own audit log has every write that we send, with the id of its run',
  async (cluster, t) => {
    const ends = inReverse(t)
    const [recorder, namespace, node] = [
      await startRecorder(ends, cluster),
      await withNamespace(cluster),
      await newNode(cluster),
    ]
    const site = await openSite(ends, recorder.kubeconfig)
    const [web, settings] = [
      { namespace, name: 'web' },
      { kind: 'cm', namespace, name: 'settings' },
    ]
    await Promise.all([
      deploy(cluster, namespace, 'web', 1, on(node)),
      cluster.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' } }),
      runPod(cluster, namespace, 'solo'),
    ])
    const manifest = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
    const changes: readonly (readonly [operation: string, input: Input, writes: readonly string[]])[] = [
      ['pods.createPod', { namespace, name: 'job', image: 'shop/job:v1' }, ['create pods 201']],
      ['pods.deletePod', { namespace, name: 'solo', gracePeriodSeconds: 0 }, ['delete pods 200']],
      ['deployments.scaleDeployment', { ...web, replicas: 2 }, ['patch deployments/scale 200']],
      ['deployments.restartDeployment', web, ['patch deployments 200']],
      ['deployments.undoRollout', web, ['patch deployments 200']],
      [
        'resources.patchResource',
        { ...settings, type: 'merge', patch: { data: { a: 'b' } } },
        ['patch configmaps 200'],
      ],
      ['resources.deleteResource', settings, ['delete configmaps 200']],
      [
        'apply.applyManifest',
        {
          namespace,
          yamlContent: [manifest('one'), manifest('two')].map((each) => JSON.stringify(each)).join('\n---\n'),
        },
        ['create configmaps 201', 'create configmaps 201'],
      ],
      ['nodes.cordonNode', { name: node, cordon: true }, ['patch nodes 200']],
      [
        'nodes.drainNode',
        { name: node, gracePeriodSeconds: 0 },
        ['create pods/eviction 201', 'create pods/eviction 201'],
      ],
    ]
    for (const [operation, input, writes] of changes) {
      recorder.take()
      const execution = await run(site, `infra.k8s.${operation}`, input)
      assert.match(execution, /^[0-9a-f]{16}$/)
      const rows = await audited(cluster, execution)
      // A controller wrote in between: refused, looked at again, and sent again.
      assert.deepEqual(
        rows.filter((row) => !row.endsWith(' 409')),
        writes,
        operation,
      )
      assert.equal(recorder.take().filter(isWrite).length, rows.length, `${operation}: a write without the id`)
    }
  },
)

clusterTest(
  'switchContext changes the caller’s own context, after approval and durably, and never the kubeconfig',
  async (cluster, t) => {
    const ends = inReverse(t)
    const [KUBECONFIG, DATA_DIR] = [join(folder(ends), 'kubeconfig'), folder(ends)]
    await copyFile(cluster.kubeconfig, KUBECONFIG)
    const before = await readFile(KUBECONFIG)
    const first = endedEarly(ends)
    const site = await openSite(first, KUBECONFIG, { DATA_DIR })
    const others = [site.alice, site.nobody, await site.somebody('other')]
    const current = async (by: Site['bot']) => textAt((await by.send('GET', '/cluster/contexts/current')).body, 'name')
    const asked = await site.bot.call(SWITCH, { contextName: 'viewer' })
    const { id } = approvalIn(asked.body)
    assert.equal(await current(site.bot), 'admin', 'asked for, not done')
    const end = await approvedAndEnded(site.alice, id)
    assert.deepEqual([at(end, 'state'), at(end, 'result')], ['succeeded', { context: 'viewer', previous: 'admin' }])
    assert.equal(await current(site.bot), 'viewer')
    for (const other of others) assert.equal(await current(other), 'admin')
    // What it does now goes there, with the rights there.
    const namespace = await withNamespace(cluster)
    const answer = await site.bot.call('infra.k8s.pods.createPod', { namespace, name: 'job', image: 'shop/job:v1' })
    assert.equal(at(answer.body, 'code'), 'forbidden')
    const rows = (await site.audit()).filter(({ approval }) => approval === id)
    assert.ok(rows.some(({ event }) => event === 'approve'))
    await first.end()
    assert.deepEqual(await readFile(KUBECONFIG), before)
    const again = await openSite(ends, KUBECONFIG, { DATA_DIR })
    assert.deepEqual([await current(again.bot), await current(again.alice)], ['viewer', 'admin'])
    const undo = approvalIn((await again.bot.send('POST', `/approvals/${id}/undo`)).body)
    assert.equal(at(await seen(again.alice, undo.id), 'operation'), SWITCH)
    assert.equal(at(await approvedAndEnded(again.alice, undo.id), 'state'), 'succeeded')
    assert.equal(await current(again.bot), 'admin')
    assert.deepEqual(await readFile(KUBECONFIG), before)
  },
)

clusterTest('callers without a token share one context, and the answer to a switch says so', async (cluster, t) => {
  const site = await openSite(inReverse(t), cluster.kubeconfig)
  const { body } = await site.nobody.call(SWITCH, { contextName: 'viewer' })
  assert.match(listAt(body, 'plan', 'notes').join(' '), /All callers without a token are one caller/)
  assert.equal(at(await approvedAndEnded(site.alice, approvalIn(body).id), 'state'), 'succeeded')
  const client = await site.server.mcp()
  const told = await client.callTool({ name: 'k8s_cluster_get_current_context', arguments: {} })
  assert.equal(at(told.structuredContent, 'name'), 'viewer')
})

clusterTest('the audit names the door by which a switch was asked for, also where it is done', async (cluster, t) => {
  const site = await openSite(inReverse(t), cluster.kubeconfig)
  const client = await site.server.mcp()
  const asked = await client.callTool({ name: 'k8s_cluster_switch_context', arguments: { contextName: 'viewer' } })
  const { id } = approvalIn(asked.structuredContent)
  assert.equal(at(await approvedAndEnded(site.alice, id), 'state'), 'succeeded')
  const [switched, ...more] = (await site.audit()).filter(({ event }) => event === 'context_switched')
  assert.deepEqual([switched?.principal, switched?.door, more], ['agent:local', 'mcp', []])
})
