import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest } from '../cluster/shared.ts'
import { approvalIn, approve, approvedAndEnded, ended } from '../promise/site.ts'
import { at, listAt, scalarAt, textAt } from '../support/json.ts'
import { bearer, makeToken } from '../support/tokens.ts'
import { chartOf, chartYaml } from './support/chart.ts'
import { startRepository } from './support/charts.ts'
import type { HelmSetup } from './support/releases.ts'
import { configMap, shopChart } from './support/shop.ts'
import { HELM, HELM_4, type HelmSite, openHelm, succeeded } from './support/site.ts'

const UNDO = 'infra.k8s.approvals.undoChange'
const HELM_3: HelmSetup = { binary: 'helm3', driver: 'secret' }
const IN_CONFIG_MAPS: HelmSetup = { binary: 'helm', driver: 'configmap' }

const diffOf = (approval: unknown) =>
  listAt(approval, 'plan', 'diff').map((each) => `${textAt(each, 'action')} ${textAt(each, 'target')}`)

const rowsOf = (approval: unknown, target: string) =>
  listAt(approval, 'plan', 'diff')
    .filter((each) => textAt(each, 'target') === target)
    .flatMap((each) => listAt(each, 'changes'))
    .map((row) => `${textAt(row, 'op')} ${textAt(row, 'path')}: ${textAt(row, 'from')} > ${textAt(row, 'to')}`)

async function standsAt({ helm }: HelmSite, revision: number): Promise<void> {
  const status = await helm(['status', 'shop'])
  assert.deepEqual([textAt(status, 'info', 'status'), scalarAt(status, 'version')], ['deployed', String(revision)])
}

const colourIn = async ({ api }: TestCluster, namespace: string) =>
  textAt(await api.get(`/api/v1/namespaces/${namespace}/configmaps/shop`), 'data', 'colour')

for (const setup of [HELM_4, HELM_3, IN_CONFIG_MAPS])
  clusterTest(
    `with ${setup.binary} and ${setup.driver}s a release is installed, upgraded, rolled back and uninstalled, as approved, and helm agrees`,
    async (cluster, t) => {
      const charts = {
        '1.0.0': await shopChart('1.0.0'),
        '1.1.0': await shopChart('1.1.0', { 'templates/new.yaml': configMap('new', 'there') }),
      }
      const helm = await openHelm(t, cluster, charts, {}, setup)
      const { namespace, chart, done, site } = helm
      const asked = await helm.planned(HELM.install, { chart, version: '1.0.0', values: { colour: 'red' } })
      assert.deepEqual(diffOf(asked.body), [
        `change values of release ${namespace}/shop`,
        `create Secret ${namespace}/shop`,
        `create ConfigMap ${namespace}/shop`,
        `create Service ${namespace}/shop`,
        `create Deployment ${namespace}/shop`,
        `run ConfigMap ${namespace}/shop-before`,
      ])
      assert.match(
        JSON.stringify(at(asked.body, 'plan', 'notes')),
        /Hook pre-upgrade, pre-install, weight 5.*Images: shop\/web:1/,
      )
      assert.equal(textAt(asked.body, 'state'), 'pending')
      assert.deepEqual(await helm.helm(['list']), [], 'nothing happens before it is approved')
      await approve(site.alice, asked.id)
      const installed = succeeded(await ended(site.alice, asked.id))
      assert.deepEqual(at(installed, 'result'), {
        namespace,
        name: 'shop',
        revision: 1,
        status: 'deployed',
        chart: 'web',
        chartVersion: '1.0.0',
        notes: 'shop is there, painted red.\n',
      })
      await standsAt(helm, 1)

      const upgraded = succeeded(
        await done(HELM.upgrade, { chart, version: '1.1.0', values: { replicas: 2 }, wait: true }),
      )
      assert.ok(diffOf(upgraded).includes(`create ConfigMap ${namespace}/new`))
      assert.deepEqual(rowsOf(upgraded, `Deployment ${namespace}/shop`), ['change spec.replicas: 1 > 2'])
      assert.deepEqual(rowsOf(upgraded, `values of release ${namespace}/shop`), ['add replicas:  > 2'])
      assert.equal(await colourIn(cluster, namespace), 'red', 'its values are kept')
      await standsAt(helm, 2)

      const back = succeeded(await done(HELM.rollback, {}))
      assert.ok(diffOf(back).includes(`delete ConfigMap ${namespace}/new`))
      assert.deepEqual(rowsOf(back, `Deployment ${namespace}/shop`), ['change spec.replicas: 2 > 1'])
      await standsAt(helm, 3)

      const gone = succeeded(await done(HELM.uninstall, {}))
      assert.equal(scalarAt(gone, 'plan', 'blast', 'podsGone'), '1')
      assert.deepEqual(await helm.helm(['list', '-a'].slice(0, setup.binary === 'helm3' ? 2 : 1)), [])
    },
  )

clusterTest('each change can be undone: the new plan shows the way back', async (cluster, t) => {
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') })
  const { namespace, chart, done, site } = helm
  const undo = async (approval: unknown) => {
    const asked = await site.bot.call(UNDO, { id: approvalIn(approval).id })
    return succeeded(await approvedAndEnded(site.alice, approvalIn(asked.body).id))
  }
  const installed = await done(HELM.install, {
    chart,
    version: '1.0.0',
    values: { colour: 'red', auth: { password: 'pw-of-shop-77' } },
  })
  const upgraded = succeeded(await done(HELM.upgrade, { values: { colour: 'green' } }))
  assert.equal(await colourIn(cluster, namespace), 'green', 'without a chart it is the one it has')
  const back = await undo(upgraded)
  assert.equal(textAt(back, 'operation'), HELM.rollback)
  assert.equal(await colourIn(cluster, namespace), 'red')
  await standsAt(helm, 3)
  await undo(back)
  assert.equal(await colourIn(cluster, namespace), 'green')
  const gone = succeeded(await done(HELM.uninstall, {}))
  const there = await undo(gone)
  assert.equal(textAt(there, 'operation'), HELM.install)
  assert.equal(await colourIn(cluster, namespace), 'green')
  await standsAt(helm, 1)
  const values = await helm.helm(['get', 'values', 'shop'])
  assert.deepEqual(values, { auth: { password: 'pw-of-shop-77' }, colour: 'green' })
  assert.ok(!JSON.stringify([gone, there]).includes('pw-of-shop-77'))
  await undo(there)
  assert.deepEqual(await helm.helm(['list']), [])
  assert.equal(textAt(installed, 'state'), 'succeeded')
})

clusterTest(
  'what is installed is what was shown, though the repository has another chart under that version by then',
  async (cluster, t) => {
    const charts = { '1.0.0': await shopChart('1.0.0') }
    const { url } = await startRepository(t, charts)
    const helm = await openHelm(t, cluster, {}, { HELM_CHART_SOURCES: url })
    const { id } = await helm.planned(HELM.install, { chart: 'web', repo: `${url}/charts`, version: '^1' })
    charts['1.0.0'] = await shopChart('1.0.0', { 'templates/evil.yaml': configMap('evil', 'there') })
    succeeded(await approvedAndEnded(helm.site.alice, id))
    const manifest = await helm.text(['get', 'manifest', 'shop'])
    assert.ok(!manifest.includes('evil') && manifest.includes('kind: Deployment'))
  },
)

clusterTest('an agent asks by MCP and reads a short diff; it cannot approve', async (cluster, t) => {
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') })
  const { namespace, chart, site } = helm
  const { token } = await makeToken(site.server.application, { subject: 'mcp-bot' })
  const agent = await site.server.mcp(bearer(token))
  const answer = await agent.callTool({
    name: 'k8s_helm_install_chart',
    arguments: { namespace, name: 'shop', chart, version: '1.0.0', values: { auth: { password: 'hunter-22-secret' } } },
  })
  const text = textAt(answer, 'content', 0, 'text') + textAt(answer, 'content', 1, 'text')
  assert.match(text, /Install chart web 1\.0\.0 as release/)
  assert.match(text, /create Deployment .*\n.*spec\.replicas: 1/s)
  assert.match(text, /undo: infra\.k8s\.helm\.uninstallRelease/)
  assert.ok(text.length < 10_000 && !JSON.stringify(answer).includes('hunter-22-secret'))
  const view = at(answer, 'structuredContent')
  assert.ok(isRecord(view))
  succeeded(await approvedAndEnded(site.alice, approvalIn(view).id))
})

for (const listed of [true, false])
  clusterTest(
    `a release whose chart has a subchart that Chart.yaml ${listed ? 'lists' : 'does not list'} is upgraded and put back with it`,
    async (cluster, t) => {
      const dependencies = 'dependencies: [{name: cache, version: 1.0.0, repository: "https://charts.example.test"}]\n'
      const withCache = await shopChart('1.0.0', {
        'charts/cache-1.0.0.tgz': await chartOf('cache', '1.0.0'),
        ...(listed ? { 'Chart.yaml': chartYaml('web', '1.0.0', dependencies) } : {}),
      })
      const helm = await openHelm(t, cluster, { '1.0.0': withCache })
      const { namespace, chart, done, site } = helm
      const cacheColour = async () =>
        textAt(await cluster.api.get(`/api/v1/namespaces/${namespace}/configmaps/shop-settings`), 'data', 'colour')
      succeeded(await done(HELM.install, { chart, version: '1.0.0', values: { cache: { colour: 'blue' } } }))
      assert.equal(await cacheColour(), 'blue')
      succeeded(await done(HELM.upgrade, { values: { cache: { colour: 'grey' } } }))
      assert.equal(await cacheColour(), 'grey', 'without a chart it is the one it has, and all of it')
      const gone = succeeded(await done(HELM.uninstall, {}))
      const asked = await site.bot.call(UNDO, { id: approvalIn(gone).id })
      succeeded(await approvedAndEnded(site.alice, approvalIn(asked.body).id))
      assert.equal(await cacheColour(), 'grey')
    },
  )

clusterTest(
  'a subchart of a release that was installed from elsewhere cannot be had, and that is said',
  async (cluster, t) => {
    const folder = mkdtempSync(join(tmpdir(), 'k8s-mcp-chart-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'web.tgz')
    writeFileSync(file, await shopChart('1.0.0', { 'charts/cache-1.0.0.tgz': await chartOf('cache', '1.0.0') }))
    const helm = await openHelm(t, cluster, {})
    await helm.text(['install', 'shop', file])
    assert.match(
      JSON.stringify(await helm.ask(HELM.upgrade, { values: { colour: 'red' } })),
      /chart_unknown.*subcharts, which Helm does not keep/,
    )
    const { body } = await helm.planned(HELM.uninstall, {})
    assert.match(JSON.stringify(at(body, 'plan', 'notes')), /cannot be undone: its chart has subcharts/)
  },
)
