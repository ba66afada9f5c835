import assert from 'node:assert/strict'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { approvalIn, approvedAndEnded, type Asker, type Site } from '../promise/site.ts'
import type { Input } from '../support/doors.ts'
import { at, listAt, scalarAt, textAt } from '../support/json.ts'
import { bearer, makeToken } from '../support/tokens.ts'
import { configMap, shopChart } from './support/shop.ts'
import { HELM, openHelm, succeeded } from './support/site.ts'

const READ = 'infra.k8s.helm.getRelease'
const HISTORY = 'infra.k8s.helm.getReleaseHistory'
const LIST = 'infra.k8s.helm.listReleases'
const UNDO = 'infra.k8s.approvals.undoChange'

/** Sends a chart as a person with curl does: what `chart` then is. */
async function upload({ server }: Site, archive: Buffer): Promise<string> {
  const { token } = await makeToken(server.application, { subject: 'packer' })
  const { status, body } = await server.rest('/cluster/helm/charts', {
    method: 'POST',
    headers: { ...bearer(token), 'content-type': 'application/gzip' },
    body: new Uint8Array(archive),
  })
  assert.equal(status, 200, JSON.stringify(body))
  return textAt(body, 'chart')
}

interface Story {
  site: Site
  asker: Asker
  namespace: string
}

/** Asks at one door, approves as a person at another, and answers how it ended. */
const changed = async ({ site, asker }: Story, operation: string, input: Input) =>
  succeeded(await approvedAndEnded(site.alice, approvalIn(await asker.call(operation, input)).id))

async function revisionOf({ asker, namespace }: Story): Promise<string> {
  const read = await asker.call(READ, { namespace, name: 'shop' })
  const missing = listAt(read, 'resources').filter((each) => textAt(each, 'state') !== 'present')
  assert.deepEqual(missing, [])
  const [chart, colour] = [textAt(read, 'chart', 'version'), textAt(read, 'values', 'colour')]
  return `${textAt(read, 'status')} ${scalarAt(read, 'revision')}: ${chart} ${colour}`
}

async function tell(story: Story, charts: readonly [string, string]): Promise<void> {
  const { asker, namespace } = story
  const release = { namespace, name: 'shop' }
  await changed(story, HELM.install, { ...release, chart: charts[0], values: { colour: 'red' } })
  assert.equal(await revisionOf(story), 'deployed 1: 1.0.0 red')
  await changed(story, HELM.upgrade, { ...release, chart: charts[1], values: { colour: 'green' } })
  assert.equal(await revisionOf(story), 'deployed 2: 1.1.0 green')
  await changed(story, HELM.rollback, release)
  assert.equal(await revisionOf(story), 'deployed 3: 1.0.0 red')
  const history = await asker.call(HISTORY, release)
  assert.deepEqual(
    listAt(history, 'revisions').map((each) => `${scalarAt(each, 'revision')} ${textAt(each, 'status')}`),
    ['3 deployed', '2 superseded', '1 superseded'],
  )
  const gone = await changed(story, HELM.uninstall, release)
  assert.deepEqual(at(await asker.call(LIST, { namespace }), 'items'), [])
  await changed(story, UNDO, { id: approvalIn(gone).id })
  assert.equal(await revisionOf(story), 'deployed 1: 1.0.0 red')
}

clusterTest(
  'a chart that was uploaded is installed, upgraded, rolled back, uninstalled and brought back, by every door',
  async (cluster, t) => {
    const { site } = await openHelm(t, cluster, {})
    const more = { 'templates/new.yaml': configMap('new', 'there') }
    const charts = [
      await upload(site, await shopChart('1.0.0')),
      await upload(site, await shopChart('1.1.0', more)),
    ] as const
    for (const asker of await site.askers()) {
      const namespace = await withNamespace(cluster)
      await tell({ site, asker, namespace }, charts)
    }
  },
)
