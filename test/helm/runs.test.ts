import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { pathOf } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest } from '../cluster/shared.ts'
import { Life } from '../crash/life.ts'
import { approvalIn, approve, approvedAndEnded, ended, type Somebody, somebodyAt } from '../promise/site.ts'
import type { Input } from '../support/doors.ts'
import { listAt, scalarAt, textAt } from '../support/json.ts'
import { folder, until } from '../support/process.ts'
import { bearer } from '../support/tokens.ts'
import { NEVER_READY, shopChart } from './support/shop.ts'
import { HELM, type HelmSite, openHelm, succeeded } from './support/site.ts'

const charts = async () => ({
  '1.0.0': await shopChart('1.0.0'),
  '2.0.0': await shopChart('2.0.0', { 'templates/slow.yaml': NEVER_READY }),
  '3.0.0': await shopChart('3.0.0', { 'templates/bye.yaml': BYE }),
})

const isThere = async ({ api }: TestCluster, namespace: string, name: string): Promise<boolean> => {
  const list = await api.get(pathOf(namespace, 'deployments'))
  return listAt(list, 'items').some((each) => textAt(each, 'metadata', 'name') === name)
}

const statusOf = async ({ helm }: HelmSite) => {
  const status = await helm(['status', 'shop'])
  return `${textAt(status, 'info', 'status')} ${scalarAt(status, 'version')}`
}

clusterTest(
  'a change that fails says why and what is left; with rollbackOnFailure it is put back',
  async (cluster, t) => {
    const helm = await openHelm(t, cluster, await charts())
    const { namespace, chart } = helm
    const slow = { chart, version: '2.0.0', timeoutSeconds: 2 }
    const atomic = await helm.done(HELM.install, { ...slow, rollbackOnFailure: true })
    assert.equal(textAt(atomic, 'state'), 'failed', JSON.stringify(atomic))
    assert.match(textAt(atomic, 'reason'), /shop-slow not ready|deadline exceeded/)
    assert.deepEqual(await helm.helm(['list', '-a'].slice(0, 1)), [])
    succeeded(await helm.done(HELM.install, { chart, version: '1.0.0' }))
    const partly = await helm.done(HELM.upgrade, { ...slow, wait: true })
    assert.equal(textAt(partly, 'state'), 'partially_applied', JSON.stringify(partly))
    assert.match(textAt(partly, 'result', 'message'), /Revision 2 .* is failed.*rollbackRelease to revision 1/s)
    assert.equal(await statusOf(helm), 'failed 2')
    const undone = await helm.site.bot.call('infra.k8s.approvals.undoChange', { id: approvalIn(partly).id })
    succeeded(await approvedAndEnded(helm.site.alice, approvalIn(undone.body).id))
    assert.equal(await statusOf(helm), 'deployed 3')
    assert.equal(await isThere(cluster, namespace, 'shop-slow'), false)
    const back = await helm.done(HELM.upgrade, { ...slow, rollbackOnFailure: true })
    assert.equal(textAt(back, 'state'), 'failed', JSON.stringify(back))
    assert.match(textAt(back, 'reason'), /put back the one before as revision 5/)
    assert.equal(await statusOf(helm), 'deployed 5')
  },
)

/** Waits until an approval tells that some of its objects are there. */
const inTheMiddle = (by: Somebody, id: string) =>
  until('Helm is in the middle of it', async () => {
    const { body } = await by.send('GET', `/approvals/${id}`)
    return /objects are there/.test(textAt(body, 'progress', 'message')) ? true : undefined
  })

clusterTest(
  'whoever asked can cancel while Helm waits: its progress was told, and what is left is',
  async (cluster, t) => {
    const helm = await openHelm(t, cluster, await charts())
    const { id } = await helm.planned(HELM.install, { chart: helm.chart, version: '2.0.0', wait: true })
    await approve(helm.site.alice, id)
    await inTheMiddle(helm.site.bot, id)
    await helm.site.bot.send('POST', `/approvals/${id}/cancel`, { reason: 'not now' })
    const end = await ended(helm.site.alice, id)
    assert.equal(textAt(end, 'state'), 'cancelled', JSON.stringify(end))
    assert.match(
      textAt(end, 'result', 'message'),
      /was cancelled and ended.*Revision 1 .* is failed.*uninstallRelease/s,
    )
    assert.equal(await statusOf(helm), 'failed 1')
  },
)

interface Lives {
  settings: Record<string, string>
  namespace: string
  cluster: TestCluster
}

/** A server that dies while Helm waits; the approval's id and who approved it. */
async function dieInTheMiddle({ settings, namespace }: Lives, operation: string, input: Input) {
  const life = new Life({ settings, late: 300, people: ['alice'] })
  const { url, tokens } = await life.serving
  const alice = bearer(tokens['alice'] ?? '')
  const agent = somebodyAt(url, {})
  const { id } = approvalIn((await agent.call(operation, { namespace, name: 'shop', ...input })).body)
  await approve(somebodyAt(url, alice), id)
  await inTheMiddle(somebodyAt(url, alice), id)
  await life.kill()
  return { id, alice }
}

async function nextLife(t: { after(work: () => unknown): void }, { settings }: Lives, alice: Record<string, string>) {
  const life = new Life({ settings, late: 300 })
  t.after(() => life.kill())
  const { url } = await life.serving
  return somebodyAt(url, alice)
}

async function livesOn(t: TestContext, cluster: TestCluster) {
  const helm = await openHelm(t, cluster, await charts())
  const settings = {
    DATA_DIR: folder(t),
    KUBECONFIG: cluster.kubeconfig,
    HELM_BIN: cluster.binary('helm'),
    HELM_CHART_SOURCES: helm.chart.replace(/^oci:(.*)\/team\/web$/, 'oci+http:$1'),
  }
  return { lives: { settings, cluster, namespace: helm.namespace }, helm }
}

const slowOf = ({ chart }: HelmSite) => ({ chart, version: '2.0.0', wait: true, timeoutSeconds: 20 })

const letItBeReady = ({ cluster, namespace }: Lives) =>
  cluster.api.merge(pathOf(namespace, 'deployments', 'shop-slow'), {
    spec: { template: { spec: { nodeSelector: null } } },
  })

clusterTest(
  'Helm outlives a server that is killed; the next one waits for its end, and says that it succeeded',
  async (cluster, t) => {
    const { lives, helm } = await livesOn(t, cluster)
    const { id, alice } = await dieInTheMiddle(lives, HELM.install, slowOf(helm))
    const by = await nextLife(t, lives, alice)
    await letItBeReady(lives)
    const end = succeeded(await ended(by, id))
    assert.match(textAt(end, 'reason'), /The server ended while it ran.*Revision 1 .* is deployed/)
    assert.equal(await statusOf(helm), 'deployed 1')
  },
)

clusterTest('where that Helm fails in the end, the next server says so, and what is left', async (cluster, t) => {
  const { lives, helm } = await livesOn(t, cluster)
  const { id, alice } = await dieInTheMiddle(lives, HELM.install, slowOf(helm))
  const by = await nextLife(t, lives, alice)
  const end = await ended(by, id)
  assert.equal(textAt(end, 'state'), 'partially_applied', JSON.stringify(end))
  assert.match(textAt(end, 'reason'), /Revision 1 .* is failed/)
  assert.equal(await statusOf(helm), 'failed 1')
})

clusterTest('a rollback outlives its server as well', async (cluster, t) => {
  const { lives, helm } = await livesOn(t, cluster)
  succeeded(await helm.done(HELM.install, { chart: helm.chart, version: '2.0.0' }))
  succeeded(await helm.done(HELM.upgrade, { chart: helm.chart, version: '1.0.0' }))
  assert.equal(await isThere(cluster, helm.namespace, 'shop-slow'), false)
  const { id, alice } = await dieInTheMiddle(lives, HELM.rollback, { wait: true, timeoutSeconds: 20 })
  const by = await nextLife(t, lives, alice)
  await letItBeReady(lives)
  const end = succeeded(await ended(by, id))
  assert.match(textAt(end, 'reason'), /The server ended while it ran.*Revision 3 .* is deployed/)
  assert.equal(await statusOf(helm), 'deployed 3')
})

// A hook that Helm waits for: no node takes the pod, until somebody says that it has done its work.
const BYE = `apiVersion: v1
kind: Pod
metadata: {name: bye, annotations: {helm.sh/hook: pre-delete, helm.sh/hook-delete-policy: hook-succeeded}}
spec:
  nodeSelector: {nowhere: "true"}
  restartPolicy: Never
  containers: [{name: bye, image: "shop/bye:1"}]
`

clusterTest('an uninstall outlives its server as well: what is gone is the proof', async (cluster, t) => {
  const { lives, helm } = await livesOn(t, cluster)
  succeeded(await helm.done(HELM.install, { chart: helm.chart, version: '3.0.0' }))
  const { id, alice } = await dieInTheMiddle(lives, HELM.uninstall, { timeoutSeconds: 20 })
  const by = await nextLife(t, lives, alice)
  assert.equal(await isThere(cluster, helm.namespace, 'shop'), true, 'its hook has not ended')
  await cluster.api.merge(`${pathOf(lives.namespace, 'pods', 'bye')}/status`, { status: { phase: 'Succeeded' } })
  const end = succeeded(await ended(by, id))
  assert.match(textAt(end, 'reason'), /The server ended while it ran/)
  assert.deepEqual(await helm.helm(['list']), [])
  assert.equal(await isThere(cluster, helm.namespace, 'shop'), false)
})
