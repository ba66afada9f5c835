import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { skipWithoutBrowser } from '../http/browser.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { quickKubeconfig } from '../support/quick-kubeconfig.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { browser, open, violations } from './chromium.ts'
import { connected, site, visit } from './fixture.ts'

const connectedServer = async (t: TestContext, cluster: TestCluster) =>
  startServer(t, { KUBECONFIG: await quickKubeconfig(t, cluster) })

/** A namespace that has no room for another ConfigMap. */
async function fullNamespace(cluster: TestCluster): Promise<string> {
  const namespace = await withNamespace(cluster)
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`
  await cluster.api.create(quotas, { metadata: { name: 'full' }, spec: { hard: { 'count/configmaps': '0' } } })
  await until('the quota is counted', async () => {
    const quota = await cluster.api.get(`${quotas}/full`)
    return JSON.stringify(quota).includes('"used"')
  })
  return namespace
}

clusterTest('a dry run that passes says so, and on which context', async (cluster, t) => {
  const server = await connectedServer(t, cluster)
  const name = `restricted-${randomBytes(4).toString('hex')}`
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await cluster.api.create('/api/v1/namespaces', { metadata: { name, labels } })
  const accounts = `/api/v1/namespaces/${name}/serviceaccounts`
  await cluster.api.ensure(accounts, { metadata: { name: 'default' } })
  const { status, text } = await visit(server, `/templates/debug-pod?namespace=${name}&validate=server`)
  assert.equal(status, 200)
  assert.match(text, /Dry run on context <code>admin<\/code>: 1 to create\. Nothing was changed\./)
  assert.match(text, new RegExp(`class="state good">Pod ${name}/debug: accepted<`))
  await assert.rejects(cluster.api.get(`/api/v1/namespaces/${name}/pods/debug`), /404|not found/i)
})

clusterTest(
  'a dry run that is refused says why in the words of the cluster, and where they are explained',
  async (cluster, t) => {
    const server = await connectedServer(t, cluster)
    const [full, limited] = [await fullNamespace(cluster), await withNamespace(cluster)]
    const limits = [{ type: 'Container', max: { memory: '1Mi' } }]
    await cluster.api.create(`/api/v1/namespaces/${limited}/limitranges`, {
      metadata: { name: 'small' },
      spec: { limits },
    })
    for (const [query, object, why] of [
      [`configmap?name=mine&namespace=${full}`, `ConfigMap ${full}/mine`, /exceeded quota: full/],
      [`debug-pod?namespace=${limited}`, `Pod ${limited}/debug`, /maximum memory usage per Container is 1Mi/],
      [
        'configmap?name=mine&namespace=not-there',
        'ConfigMap not-there/mine',
        /namespaces &quot;not-there&quot; not found/,
      ],
    ] as const) {
      const { status, text } = await visit(server, `/templates/${query}&validate=server`)
      assert.equal(status, 200, query)
      assert.match(text, /Dry run on context <code>admin<\/code>: 1 refused\. Nothing was changed\./)
      assert.ok(text.includes(`class="state bad">${object}: refused<`), query)
      assert.match(text, why)
      const [, explained = ''] = /href="(\/search\?q=[^"]*)">What this means/.exec(text) ?? []
      assert.match((await visit(server, explained)).text, /href="\/docs\/troubleshooting\//, query)
    }
  },
)

clusterTest(
  'a dry run on a cluster that is away shows the manifest all the same, and why it was not tried',
  async (cluster, t) => {
    const server = await connectedServer(t, cluster)
    const path = '/templates/configmap?name=mine&validate=server&context=unreachable'
    const { status, text } = await visit(server, path)
    assert.equal(status, 503)
    assert.match(text, /role="alert"><p>The dry run did not happen\. Context unreachable cannot be used: /)
    assert.match(text, /name<\/span>: mine/)
    assert.doesNotMatch(text, /accepted<|refused</)
  },
)

clusterTest('the button of a template tries what was typed, and a verdict on other values goes', async (cluster, t) => {
  if (skipWithoutBrowser() !== false) return t.skip('needs Chromium')
  const server = await connectedServer(t, cluster)
  const namespace = await fullNamespace(cluster)
  const { page, faults } = await open(await browser(t), { viewport: { width: 390, height: 800 } })
  await page.goto(`${server.url}/templates/configmap`)
  await page.locator('#p-name').fill('mine')
  await page.getByRole('button', { name: 'Dry run on admin' }).click()
  await page.getByText('Dry run on context admin: 1 to create').waitFor()
  assert.ok(await page.locator('#verdict').evaluate((element) => element.getBoundingClientRect().top < innerHeight))
  assert.deepEqual(await violations(page), [])
  await page.locator('#p-namespace').fill(namespace)
  await page.locator('#verdict').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Dry run on admin' }).click()
  await page.getByText(`ConfigMap ${namespace}/mine: refused`).waitFor()
  assert.deepEqual(await violations(page), [])
  assert.deepEqual(faults, [])
})

test('a bad value is said beside the form, which has what was typed', async () => {
  await using door = await site()
  connected.to = { name: 'there', namespace: 'shop' }
  for (const more of ['', '&validate=server']) {
    const { status, text } = await visit(
      door,
      `/templates/deployment?name=BAD&replicas=many&port=81&env=A%3D1&env=${more}`,
    )
    assert.equal(status, 400)
    assert.match(text, /role="alert">[^<]*name must be [^<]*<\/p>/)
    assert.match(text, /id="p-name" name="name"[^>]*value="BAD"/)
    assert.match(text, /id="p-port"[^>]*value="81"/)
    assert.match(text, /name="env"[^>]*>A=1</)
    // What is offered to be applied is none of it.
    assert.doesNotMatch(/id="command".*?<\/pre>/s.exec(text)?.[0] ?? 'name=BAD', /BAD/)
  }
  connected.to = undefined
})

test('a value that is none of the choices is not shown as one of them', async () => {
  await using door = await site()
  const { status, text } = await visit(door, '/templates/service?type=Sideways')
  assert.equal(status, 400)
  const [, first] = /<select[^>]*name="type"[^>]*>(.*?)<\/option>/s.exec(text) ?? []
  assert.match(first ?? '', /<option value(?:="")?>/)
  assert.doesNotMatch(/<select[^>]*name="type".*?<\/select>/s.exec(text)?.[0] ?? 'selected', / selected/)
})
