import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathOf } from '../changes/support.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { approvalIn, approvedAndEnded, ended } from '../promise/site.ts'
import type { Input } from '../support/doors.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { store } from './support/releases.ts'
import { configMap, gearDefinition, shopChart } from './support/shop.ts'
import { HELM, type HelmSite, openHelm, succeeded } from './support/site.ts'

/** Code and text of what is refused when it is asked for. */
async function refusal({ ask }: HelmSite, operation: string, input: Input): Promise<{ code: string; text: string }> {
  const body = await ask(operation, input)
  return { code: textAt(body, 'code'), text: `${textAt(body, 'detail')} ${textAt(body, 'next')}` }
}

const warningsOf = (approval: unknown) =>
  listAt(approval, 'plan', 'warnings').map((each) => `${textAt(each, 'code')}: ${textAt(each, 'text')}`)
const notesOf = (approval: unknown) => JSON.stringify(at(approval, 'plan', 'notes'))

clusterTest('what Helm would refuse is said before anybody is asked, and how to go on', async (cluster, t) => {
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') })
  const { namespace, chart } = helm
  const install = (more: Input = {}) => refusal(helm, HELM.install, { chart, version: '1.0.0', ...more })
  const violated = await install({ values: { replicas: 'many' } })
  assert.equal(violated.code, 'chart_not_rendered')
  assert.match(violated.text, /\/replicas.*got string, want integer/s)
  assert.deepEqual(await install({ namespace: 'nosuch-namespace' }), {
    code: 'not_found',
    text: 'Namespace "nosuch-namespace" is not there (context admin). createNamespace: true makes it too.',
  })
  assert.equal((await install({ version: '9.9.9' })).code, 'chart_not_found')
  assert.equal((await install({ valuesYaml: 'on: yes' })).code, 'bad_input')
  assert.equal((await install({ valuesYaml: 'a: 1', values: { a: 1 } })).code, 'bad_input')
  assert.equal((await install({ valuesYaml: '- a' })).code, 'bad_input')
  assert.equal((await refusal(helm, HELM.upgrade, { chart, version: '1.0.0' })).code, 'release_not_found')
  assert.equal((await refusal(helm, HELM.rollback, {})).code, 'release_not_found')
  assert.equal((await refusal(helm, HELM.uninstall, {})).code, 'release_not_found')
  await cluster.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'shop' }, data: { mine: 'yes' } })
  const owned = await install()
  assert.equal(owned.code, 'object_not_owned')
  assert.match(owned.text, new RegExp(`ConfigMap ${namespace}/shop\\.`))
  await cluster.api.delete(pathOf(namespace, 'configmaps', 'shop'))
  const bad = await install({ values: { replicas: -1 } })
  assert.equal(bad.code, 'bad_manifest')
  assert.match(bad.text, /Deployment .*web\.yaml/)
  await helm.done(HELM.install, { chart, version: '1.0.0' })
  const taken = await install()
  assert.equal(taken.code, 'release_exists')
  assert.match(taken.text, /deployed.*upgradeChart/)
  assert.equal((await refusal(helm, HELM.rollback, {})).code, 'bad_input')
})

clusterTest('a leftover of a change that never ended is explained, and each way out works', async (cluster, t) => {
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') })
  const { namespace, chart } = helm
  await store(cluster, namespace, { name: 'shop', status: 'pending-install' })
  const taken = await refusal(helm, HELM.install, { chart, version: '1.0.0' })
  assert.equal(taken.code, 'release_exists')
  assert.match(taken.text, /pending-install.*uninstallRelease takes away what there is/s)
  const unfinished = await refusal(helm, HELM.upgrade, { chart, version: '1.0.0' })
  assert.equal(unfinished.code, 'release_unfinished')
  succeeded(await helm.done(HELM.uninstall, {}))
  succeeded(await helm.done(HELM.install, { chart, version: '1.0.0' }))
  await store(cluster, namespace, { name: 'shop', revision: 2, status: 'pending-upgrade' })
  const again = await refusal(helm, HELM.upgrade, { chart, version: '1.0.0' })
  assert.match(again.text, /pending-upgrade.*rollbackRelease to revision 1/s)
  succeeded(await helm.done(HELM.rollback, {}))
  assert.equal(textAt(await helm.helm(['status', 'shop']), 'info', 'status'), 'deployed')
})

clusterTest(
  'what was changed by hand is shown as drift, and what others own as a conflict that can be taken',
  async (cluster, t) => {
    const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') })
    const { namespace, chart, planned } = helm
    await helm.done(HELM.install, { chart, version: '1.0.0' })
    await cluster.api.merge(pathOf(namespace, 'deployments', 'shop'), { spec: { replicas: 4 } })
    await cluster.api.delete(pathOf(namespace, 'configmaps', 'shop'))
    const conflict = await refusal(helm, HELM.upgrade, { values: { colour: 'red' } })
    assert.equal(conflict.code, 'field_conflict')
    assert.match(conflict.text, /spec\.replicas of ".*forceConflicts/)
    const { id, body } = await planned(HELM.upgrade, { values: { colour: 'red' }, forceConflicts: true })
    const warnings = warningsOf(body).join('\n')
    assert.match(warnings, /drift: Deployment .*spec\.replicas \(4 now, 1 in the release\)/)
    assert.match(warnings, /drift: ConfigMap .*was deleted since revision 1/)
    assert.match(warnings, /field_manager_conflict/)
    succeeded(await approvedAndEnded(helm.site.alice, id))
    const spec = at(await cluster.api.get(pathOf(namespace, 'deployments', 'shop')), 'spec')
    assert.equal(at(spec, 'replicas'), 1)
  },
)

const RANDOM = { 'templates/random.yaml': configMap('random', '{{ randAlphaNum 12 | quote }}') }

clusterTest(
  'a chart that renders differently each time is refused, or flagged where the operator named it',
  async (cluster, t) => {
    const charts = { '1.0.0': await shopChart('1.0.0', RANDOM) }
    const strict = await openHelm(t, cluster, charts)
    const refused = await refusal(strict, HELM.install, { chart: strict.chart, version: '1.0.0' })
    assert.equal(refused.code, 'chart_unstable')
    assert.match(refused.text, /random: data\.value.*HELM_UNSTABLE_CHARTS/)
    const helm = await openHelm(t, cluster, charts, { HELM_UNSTABLE_CHARTS: 'web' })
    const { id, body } = await helm.planned(HELM.install, { chart: helm.chart, version: '1.0.0' })
    assert.match(warningsOf(body).join('\n'), /chart_unstable: .*random: data\.value differ each time/)
    assert.equal(textAt(body, 'risk'), 'high')
    succeeded(await approvedAndEnded(helm.site.alice, id))
  },
)

const copyOf = (word: string) => ({
  'templates/copy.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\ndata:\n  copy: {{ ${word} | quote }}\n`,
})
const LOOKED_UP = '(lookup "v1" "Secret" .Values.from "safe" | default (dict "data" (dict "word" "none"))).data.word'
/** The same, in an indirect way that no word betrays. */
const HIDDEN = `tpl (printf "{{ (%sup \\"v1\\" \\"Secret\\" %q \\"safe\\" | default (dict \\"data\\" (dict \\"word\\" \\"none\\"))).data.word }}" "look" .Values.from) .`

clusterTest(
  'a chart that looks up a Secret shows nothing of it to whoever asks: that would be a way around approvals',
  async (cluster, t) => {
    const word = `looked-up-${randomBytes(6).toString('hex')}`
    const encoded = Buffer.from(word).toString('base64')
    const other = await withNamespace(cluster)
    await cluster.api.create(pathOf(other, 'secrets'), { metadata: { name: 'safe' }, stringData: { word } })
    const helm = await openHelm(t, cluster, {
      '1.0.0': await shopChart('1.0.0', copyOf(LOOKED_UP)),
      '2.0.0': await shopChart('2.0.0', copyOf(HIDDEN)),
      '3.0.0': await shopChart('3.0.0', {
        'templates/fail.yaml': `{{ if ne (${LOOKED_UP}) "none" }}{{ fail (${LOOKED_UP}) }}{{ end }}`,
      }),
      '4.0.0': await shopChart('4.0.0', copyOf('tpl .Values.colour .')),
    })
    const { site, chart } = helm
    const asked = async (version: string) => {
      const { id, body } = await helm.planned(HELM.install, { chart, version, values: { from: other } })
      const told = JSON.stringify(body)
      assert.ok(!told.includes(word) && !told.includes(encoded))
      return { id, body }
    }
    const open = await asked('1.0.0')
    assert.match(warningsOf(open.body).join('\n'), /chart_looks_up: .*templates\/copy\.yaml/)
    assert.equal(textAt(open.body, 'risk'), 'high')
    const hidden = await asked('2.0.0')
    const end = await approvedAndEnded(site.alice, hidden.id)
    assert.equal(textAt(end, 'state'), 'stale', 'what hides that it looks things up does not run')
    assert.ok(!JSON.stringify(end).includes(encoded))
    await asked('3.0.0')
    const harmless = await asked('4.0.0')
    succeeded(await approvedAndEnded(site.alice, harmless.id))
    succeeded(await helm.done(HELM.uninstall, {}))
    const done = succeeded(await approvedAndEnded(site.alice, (await asked('1.0.0')).id))
    assert.match(textAt(done, 'result', 'message'), /not what was approved/)
  },
)

clusterTest(
  'a chart with its own definitions and a namespace to make is planned, installed and says what could not be tried',
  async (cluster, t) => {
    const group = `g${randomBytes(4).toString('hex')}.test`
    const chart = await shopChart('1.0.0', {
      'crds/gear.yaml': gearDefinition(group),
      'templates/gear.yaml': `apiVersion: ${group}/v1\nkind: Gear\nmetadata: {name: gear}\nspec: {teeth: 12}\n`,
    })
    const helm = await openHelm(t, cluster, { '1.0.0': chart })
    const namespace = `new-${randomBytes(4).toString('hex')}`
    const input = { namespace, chart: helm.chart, version: '1.0.0', createNamespace: true }
    const { id, body } = await helm.planned(HELM.install, input)
    assert.match(warningsOf(body).join('\n'), /crd_change: CustomResourceDefinition gears/)
    assert.match(warningsOf(body).join('\n'), /cluster_scoped.*namespace_change/s)
    assert.match(notesOf(body), /Gear .* was not dry-run/)
    succeeded(await approvedAndEnded(helm.site.alice, id))
    const gear = await cluster.api.get(`/apis/${group}/v1/namespaces/${namespace}/gears/gear`)
    assert.equal(textAt(gear, 'kind'), 'Gear')
    const again = await refusal(helm, HELM.install, { ...input, name: 'second' })
    assert.equal(again.code, 'object_not_owned')
    assert.match(again.text, /Gear .*gear\./)
  },
)

clusterTest('somebody who changes the release in between makes the approval stale', async (cluster, t) => {
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') })
  await helm.done(HELM.install, { chart: helm.chart, version: '1.0.0' })
  const first = await helm.planned(HELM.upgrade, { values: { colour: 'red' } })
  const second = await helm.planned(HELM.uninstall, {})
  succeeded(await helm.done(HELM.upgrade, { values: { colour: 'green' } }))
  for (const { id } of [first, second]) {
    const end = await approvedAndEnded(helm.site.alice, id)
    assert.equal(textAt(end, 'state'), 'stale', JSON.stringify(end))
    assert.match(textAt(end, 'reason'), /is at revision 2 now; it was at 1/)
  }
})

const EVIL = [
  '--post-renderer=/bin/sh',
  '-f/etc/passwd',
  'file:///etc/passwd',
  '../../etc',
  'oci://127.0.0.1:1/$(touch /tmp/helm-evil)',
  'https://user:pw@host/x.tgz',
  'sha256:zz',
  'http://169.254.169.254/latest/meta-data',
  'a;touch /tmp/helm-evil',
  '`id`',
  '\n--kubeconfig=/etc/passwd',
]

clusterTest('an argument is nothing but the value it is for, whatever it looks like', async (cluster, t) => {
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') })
  for (const chart of EVIL) {
    const { code } = await refusal(helm, HELM.install, { chart })
    assert.match(code, /^(bad_input|chart_source_not_allowed|chart_not_found)$/, chart)
  }
  for (const text of EVIL) {
    for (const field of ['name', 'namespace', 'version', 'repo']) {
      const { code } = await refusal(helm, HELM.install, { chart: helm.chart, version: '1.0.0', [field]: text })
      assert.match(code, /^(bad_input|chart_source_not_allowed|chart_not_found)$/, `${field}: ${text}`)
    }
  }
  const words = Object.fromEntries(EVIL.map((text, index) => [`word${index}`, text]))
  const { id } = await helm.planned(HELM.install, {
    chart: helm.chart,
    version: '1.0.0',
    values: { extra: EVIL.join(' '), ...words },
  })
  succeeded(await approvedAndEnded(helm.site.alice, id))
  const values = await helm.helm(['get', 'values', 'shop'])
  assert.deepEqual(values, { extra: EVIL.join(' '), ...words })
  assert.ok(!existsSync('/tmp/helm-evil'))
  assert.deepEqual(readdirSync(join(helm.site.dataDir, 'helm')), [], 'no home of a run is left')
})

clusterTest('without a helm reads go on, and a change says what is missing', async (cluster, t) => {
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') }, { HELM_BIN: '/nonexistent/helm' })
  await store(cluster, helm.namespace, { name: 'shop' })
  assert.equal((await refusal(helm, HELM.uninstall, {})).code, 'helm_not_installed')
  const read = await helm.site.bot.send('GET', `/cluster/helm/release/${helm.namespace}/shop`)
  assert.equal(read.status, 200)
  assert.equal(textAt(await ended(helm.site.alice, (await newest(helm)).id), 'state'), 'invalid')
})

const newest = async ({ site }: HelmSite) =>
  approvalIn(listAt((await site.alice.send('GET', '/approvals?state=all&limit=1')).body, 'approvals')[0])
