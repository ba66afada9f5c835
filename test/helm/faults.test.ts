import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApiError } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { approve, approvedAndEnded, ended, inReverse, seen } from '../promise/site.ts'
import type { Ends } from '../support/ends.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { folder } from '../support/process.ts'
import { until } from '../support/until.ts'
import { gearDefinition, shopChart } from './support/shop.ts'
import { HELM, openHelm, succeeded } from './support/site.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'

/** From now on the API server stores no release in these namespaces, and says so only when it is meant: no dry run shows it. */
async function refuseReleases({ api }: TestCluster, [probed, ...others]: readonly [string, ...string[]]) {
  const name = `no-releases-${randomBytes(4).toString('hex')}`
  const names = [probed, ...others].map((each) => `'${each}'`).join(', ')
  await api.create(`${ADMISSION}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
      },
      matchConditions: [{ name: 'here', expression: `request.namespace in [${names}]` }],
      validations: [{ expression: 'request.dryRun', message: 'no releases here' }],
    },
  })
  await api.create(`${ADMISSION}/validatingadmissionpolicybindings`, {
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  })
  const refuses = () =>
    api
      .create(`/api/v1/namespaces/${probed}/secrets`, { metadata: { name: `p${randomBytes(4).toString('hex')}` } })
      .then(
        () => false,
        (error: unknown) => error instanceof ApiError && error.status === 422,
      )
  await until('the policy is in force', refuses)
  return async () => {
    await api.delete(`${ADMISSION}/validatingadmissionpolicybindings/${name}`)
    await api.delete(`${ADMISSION}/validatingadmissionpolicies/${name}`)
    await until('the policy is not in force any more', async () => !(await refuses()))
  }
}

clusterTest(
  'an install that fails before anything of it is recorded names what Helm had made by then, and can be asked for again',
  async (cluster, t) => {
    const group = `g${randomBytes(4).toString('hex')}.test`
    const chart = await shopChart('1.0.0', { 'crds/gear.yaml': gearDefinition(group) })
    const helm = await openHelm(t, cluster, { '1.0.0': chart })
    const namespace = `new-${randomBytes(4).toString('hex')}`
    const allow = await refuseReleases(cluster, [await withNamespace(cluster), namespace])
    const input = { namespace, chart: helm.chart, version: '1.0.0', createNamespace: true }
    const end = await helm.done(HELM.install, input)
    assert.equal(textAt(end, 'state'), 'partially_applied')
    const said = textAt(end, 'result', 'message')
    assert.match(said, /no releases here/)
    assert.match(
      said,
      new RegExp(
        `There is no release ${namespace}/shop\\. .*: Namespace ${namespace}, CustomResourceDefinition gears\\.${group}\\. installChart goes on`,
      ),
    )
    await allow()
    const again = succeeded(await helm.done(HELM.install, { ...input, createNamespace: false }))
    assert.match(JSON.stringify(at(again, 'plan', 'notes')), /leaves these definitions as they are/)
  },
)

/** A helm that does this in place of a change, and is the real one in all else. */
function helmThat(t: Ends, real: string, does: string): string {
  const path = join(folder(t), 'helm')
  const script = `#!/bin/sh
helm=${real}
case "$*" in *--dry-run*|version*|template*) exec "$helm" "$@";; esac
${does}
`
  writeFileSync(path, script, { mode: 0o700 })
  return path
}

const LINE = 'x'.repeat(1_000)
const RUNS: readonly (readonly [does: string, state: string, says: RegExp])[] = [
  [`while :; do echo ${LINE}; done`, 'failed', /wrote more than 32 MiB and was ended\. There is no release/],
  ['kill -KILL $$', 'failed', /was ended by a signal that is not this server's\. There is no release/],
  ['echo "Error: out of luck" >&2; exit 3', 'failed', /exit code 3: out of luck\. There is no release/],
  ['"$helm" "$@" >/dev/null; kill -KILL $$', 'succeeded', /was ended by a signal that is not this server's/],
]

clusterTest('whatever becomes of helm, the approval says what is there', async (cluster, t) => {
  for (const [does, state, says] of RUNS) {
    const HELM_BIN = helmThat(t, cluster.binary('helm'), does)
    const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') }, { HELM_BIN })
    const end = await helm.done(HELM.install, { chart: helm.chart, version: '1.0.0' })
    assert.equal(textAt(end, 'state'), state, does)
    assert.match(`${textAt(end, 'reason')} ${textAt(end, 'result', 'message')}`, says)
    assert.equal(listAt(await helm.helm(['list'])).length, state === 'succeeded' ? 1 : 0)
  }
})

clusterTest('a helm that hangs is ended when whoever asked cancels', async (cluster, t) => {
  const HELM_BIN = helmThat(t, cluster.binary('helm'), 'exec sleep 600')
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') }, { HELM_BIN })
  const { id } = await helm.planned(HELM.install, { chart: helm.chart, version: '1.0.0' })
  await approve(helm.site.alice, id)
  await until('it runs', async () => textAt(await seen(helm.site.bot, id), 'state') === 'executing')
  await helm.site.bot.send('POST', `/approvals/${id}/cancel`, { reason: 'it hangs' })
  const end = await ended(helm.site.alice, id)
  assert.equal(textAt(end, 'state'), 'cancelled', JSON.stringify(end))
  assert.deepEqual(await helm.helm(['list']), [])
})

clusterTest('a helm that has become too old, or is gone, when it is to run changes nothing', async (cluster, t) => {
  const HELM_BIN = helmThat(t, cluster.binary('helm'), 'exit 1')
  const helm = await openHelm(t, cluster, { '1.0.0': await shopChart('1.0.0') }, { HELM_BIN })
  const input = { chart: helm.chart, version: '1.0.0' }
  const [first, second] = [
    await helm.planned(HELM.install, input),
    await helm.planned(HELM.install, { ...input, name: 'second' }),
  ]
  writeFileSync(HELM_BIN, '#!/bin/sh\necho v3.16.4\n')
  const refused = await helm.ask(HELM.install, { ...input, name: 'third' })
  assert.equal(textAt(refused, 'code'), 'helm_too_old')
  const told = async (id: string) => {
    const end = await approvedAndEnded(helm.site.alice, id)
    return `${textAt(end, 'state')}: ${textAt(end, 'reason')}`
  }
  assert.match(await told(first.id), /^failed: Nothing was sent: The helm here is v3\.16\.4/)
  rmSync(HELM_BIN)
  assert.match(await told(second.id), /^failed: Nothing was sent: There is no ".*helm" here/)
})

/** Mounts a small file system; false where that cannot be done (it takes root). */
function mounted(ends: Ends, place: string): boolean {
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place]).status === 0
  if (done) ends.after(() => spawnSync('umount', [place]))
  return done
}

clusterTest('a disk that is full is said, and nothing is recorded, started or changed', async (cluster, t) => {
  const ends = inReverse(t)
  const DATA_DIR = folder(ends)
  const [charts, homes] = [join(DATA_DIR, 'charts'), join(DATA_DIR, 'helm')]
  if (!mounted(ends, charts) || !mounted(ends, homes)) return t.skip('a small file system can be mounted by root only')
  const small = await shopChart('1.0.0')
  const large = await shopChart('2.0.0', { 'files/noise': randomBytes(96 * 1024) })
  const helm = await openHelm(ends, cluster, { '1.0.0': small, '2.0.0': large }, { DATA_DIR })
  const full = await helm.ask(HELM.install, { chart: helm.chart, version: '2.0.0' })
  assert.equal(textAt(full, 'code'), 'chart_store_failed')
  assert.match(textAt(full, 'detail'), /the disk is full/)
  assert.deepEqual(readdirSync(charts), [])
  const { id } = await helm.planned(HELM.install, { chart: helm.chart, version: '1.0.0' })
  spawnSync('mount', ['-o', 'remount,ro', homes])
  const end = await approvedAndEnded(helm.site.alice, id)
  assert.equal(textAt(end, 'state'), 'failed')
  assert.match(textAt(end, 'reason'), /^Nothing was sent: Helm was not started, .*: the file system is read-only/)
  assert.deepEqual(await helm.helm(['list']), [])
})
