import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest } from '../cluster/shared.ts'
import { textAt } from '../support/json.ts'
import { configMap, shopChart } from './support/shop.ts'
import { HELM, type HelmSite, openHelm } from './support/site.ts'

const KIB = 1024
/** What etcd takes of one object (its --max-request-bytes). */
const MOST = 1536 * KIB

/** A definition of gears, as large as is asked for. */
function definition(group: string, bytes: number): string {
  const withText = (description: string) =>
    JSON.stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `gears.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'gears', singular: 'gear', kind: 'Gear' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', description } } },
        ],
      },
    })
  return withText('x'.repeat(bytes - withText('').length))
}

const noise = () => randomBytes(1100 * KIB)
const LOOKS = '{{ $there := lookup "v1" "ConfigMap" "a" "b" }}'
const group = () => `g${randomBytes(4).toString('hex')}.test`

const namesIn = (list: unknown) => JSON.stringify(list)

/** Nothing of the release, and no definition of that group, is there. */
async function nothingIsThere({ api }: TestCluster, helm: HelmSite, groups: readonly string[]): Promise<void> {
  assert.deepEqual(await helm.helm(['list']), [])
  const definitions = namesIn(await api.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions'))
  for (const each of groups) assert.ok(!definitions.includes(each), each)
}

clusterTest('what is too large to be stored is refused before anybody is asked', async (cluster, t) => {
  const groups = { mine: group(), other: group() }
  const charts = {
    '1.0.0': await shopChart('1.0.0', { 'files/noise': noise() }),
    '2.0.0': await shopChart('2.0.0', { 'files/noise': noise(), 'templates/look.yaml': LOOKS }),
    '3.0.0': await shopChart('3.0.0', { 'crds/gear.yaml': definition(groups.mine, MOST + KIB) }),
    '4.0.0': await shopChart('4.0.0', { 'templates/gear.yaml': definition(groups.mine, MOST + KIB) }),
    '5.0.0': await shopChart('5.0.0', {
      'crds/first.yaml': definition(groups.other, KIB),
      'crds/gear.yaml': definition(groups.mine, MOST - 100),
    }),
    '6.0.0': await shopChart('6.0.0', { 'templates/map.yaml': configMap('map', 'x'.repeat(1100 * KIB)) }),
  }
  const helm = await openHelm(t, cluster, charts)
  const refusalOf = async (version: keyof typeof charts) => {
    const body = await helm.ask(HELM.install, { chart: helm.chart, version })
    return `${textAt(body, 'code')}: ${textAt(body, 'detail')} ${textAt(body, 'next')}`
  }
  const release = /^object_too_large: What Helm stores of the release .* at most 1 MiB\. Leave out of the chart/
  const object = new RegExp(
    `^object_too_large: CustomResourceDefinition gears\\.${groups.mine} is too large: .* 1\\.5 MiB\\. Choose values`,
  )
  assert.match(await refusalOf('1.0.0'), release)
  assert.match(await refusalOf('2.0.0'), release, 'also where Helm is only asked for the text')
  assert.match(await refusalOf('3.0.0'), object)
  assert.match(await refusalOf('4.0.0'), object)
  assert.match(await refusalOf('5.0.0'), object, 'with what the API server adds to it')
  assert.match(
    await refusalOf('6.0.0'),
    /^bad_manifest: .*ConfigMap .*\/map \(web\/templates\/map\.yaml\): .*1048576 bytes Correct the values/,
  )
  await nothingIsThere(cluster, helm, Object.values(groups))
})
