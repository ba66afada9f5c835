import { join } from 'node:path'
import type { TestCluster } from '../cluster/cluster.ts'
import type { Input } from '../support/doors.ts'
import type { Case, Refusal } from './case.ts'
import { SHOP } from './shop.ts'

/** Stands for the id of an approval that waits. */
export const APPROVAL = `apr_${'0'.repeat(24)}`
const OTHER = `apr_${'f'.repeat(24)}`
const DIGEST = `sha256:${'0'.repeat(64)}`

/** Settings under which the cases of charts can be planned. */
export const helmOf = (cluster: Pick<TestCluster, 'binary'>): Record<string, string> => ({
  HELM_BIN: cluster.binary('helm'),
  HELM_CHART_DIR: join(import.meta.dirname, '../data'),
})

/** Changes of the release of the shop, by where it is. */
export const RELEASE_CHANGES: Readonly<Record<string, (namespace: string) => Input[]>> = {
  'infra.k8s.helm.installChart': (namespace) => [{ namespace, name: 'more', chart: 'charts/shop' }],
  'infra.k8s.helm.upgradeChart': (namespace) => [{ namespace, name: 'till', chart: 'charts/shop' }],
  'infra.k8s.helm.rollbackRelease': (namespace) => [{ namespace, name: 'till', revision: 1 }],
  'infra.k8s.helm.uninstallRelease': (namespace) => [{ namespace, name: 'till' }],
}

const web = { namespace: SHOP, name: 'web' }
const solo = { namespace: SHOP, name: 'solo' }
const job = { namespace: SHOP, name: 'job', image: 'shop/job:1' }
const settings = { kind: 'cm', namespace: SHOP, name: 'settings' }
const whole = (metadata: object, more: object = {}) => ({
  namespace: SHOP,
  name: 'whole',
  pod: { metadata, spec: { containers: [{ name: 'app', image: 'shop/whole:1' }] }, ...more },
})
const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: red\n'
const till = { namespace: SHOP, name: 'till' }
const till2 = { ...till, name: 'till-2', chart: 'charts/shop' }
const fresh = manifest.replace('settings', 'fresh')
const apply = (yamlContent: string) => ({ yamlContent, namespace: SHOP })

/** Every change, and every operation on approvals. */
export const CHANGES: Readonly<Record<string, Case>> = {
  'infra.k8s.cluster.switchContext': {
    good: [{ contextName: 'viewer' }],
    bad: [
      [{}, 'bad_input'],
      [{ contextName: '' }, 'bad_input'],
      [{ contextName: 7 }, 'bad_input'],
      [{ contextName: 'nosuch' }, 'unknown_context'],
      [{ contextName: '..' }, 'unknown_context'],
      [{ contextName: 'admin' }, 'nothing_to_change'],
    ],
  },
  'infra.k8s.pods.createPod': {
    good: [
      job,
      {
        ...job,
        command: ['sleep'],
        args: ['9'],
        env: { COLOUR: 'blue' },
        ports: [80],
        resources: { requests: { cpu: '1m' }, limits: { memory: '8Mi' } },
        labels: { app: 'job' },
        restartPolicy: 'Never',
      },
      whole({ labels: { app: 'whole' } }),
    ],
    bad: [
      [{ namespace: SHOP, name: 'job' }, 'bad_input'],
      [{ ...whole({}), image: 'shop/job:1' }, 'bad_input'],
      [{ ...whole({}), labels: { app: 'x' } }, 'bad_input'],
      [{ ...job, image: '' }, 'bad_input'],
      [{ ...job, image: 7 }, 'bad_input'],
      [{ ...job, command: 'sleep 9' }, 'bad_input'],
      [{ ...job, command: [7] }, 'bad_input'],
      [{ ...job, ports: [0] }, 'bad_input'],
      [{ ...job, ports: [1.5] }, 'bad_input'],
      [{ ...job, env: { COLOUR: 7 } }, 'bad_input'],
      [{ ...job, env: { 'a=b': 'x' } }, 'invalid'],
      [{ ...job, resources: { requests: { cpu: 'much' } } }, 'bad_input'],
      [{ ...job, restartPolicy: 'Sometimes' }, 'bad_input'],
      [{ ...job, name: 'a_b' }, 'invalid'],
      [{ ...job, name: 'solo' }, 'conflict'],
      [{ ...job, namespace: 'nosuch' }, 'not_found'],
      [whole({ name: 'other' }), 'bad_manifest'],
      [whole({ namespace: 'kube-system' }), 'bad_manifest'],
      [whole({ generateName: 'whole-' }), 'bad_manifest'],
      [whole({ uid: '5c6e' }), 'bad_manifest'],
      [whole({ resourceVersion: '7' }), 'bad_manifest'],
      [whole({}, { kind: 'Deployment', apiVersion: 'apps/v1' }), 'bad_manifest'],
      [whole({}, { spec: { containers: [{ name: 'app', image: 'a:1', imag: 'b:1' }] } }), 'bad_input'],
    ],
  },
  'infra.k8s.pods.deletePod': {
    good: [solo, { ...solo, gracePeriodSeconds: 0 }],
    bad: [
      [{ ...solo, name: 'nosuch' }, 'not_found'],
      [{ ...solo, gracePeriodSeconds: -1 }, 'bad_input'],
      [{ ...solo, propagationPolicy: 'Orphan' }, 'bad_input'],
    ],
  },
  'infra.k8s.pods.execInPod': {
    good: [
      { ...solo, command: ['true'] },
      { ...solo, command: ['cat', '-'], stdin: 'a\nb', container: 'app', timeoutSeconds: 5 },
    ],
    bad: [
      [solo, 'bad_input'],
      [{ ...solo, command: [] }, 'bad_input'],
      [{ ...solo, command: [''] }, 'bad_input'],
      [{ ...solo, command: 'ls' }, 'bad_input'],
      [{ ...solo, command: [['ls']] }, 'bad_input'],
      [{ ...solo, command: ['true'], container: 'nosuch' }, 'bad_input'],
      [{ ...solo, command: ['true'], timeoutSeconds: 301 }, 'bad_input'],
      [{ ...solo, command: ['true'], stdin: 7 }, 'bad_input'],
      [{ ...solo, command: ['true'], name: 'nosuch' }, 'not_found'],
    ],
  },
  'infra.k8s.deployments.scaleDeployment': {
    good: [
      { ...web, replicas: 3 },
      { ...web, replicas: 0 },
    ],
    bad: [
      [web, 'bad_input'],
      ...[-1, 1.5, 1e9, 10_001, 'abc', '', null, true, [3]].map(
        (replicas): Refusal => [{ ...web, replicas }, 'bad_input'],
      ),
      [{ ...web, replicas: 2 }, 'nothing_to_change'],
      [{ ...web, name: 'nosuch', replicas: 3 }, 'not_found'],
    ],
  },
  'infra.k8s.deployments.restartDeployment': { good: [web], bad: [[{ ...web, name: 'nosuch' }, 'not_found']] },
  'infra.k8s.deployments.undoRollout': {
    good: [
      { namespace: SHOP, name: 'idle' },
      { namespace: SHOP, name: 'idle', toRevision: 1 },
    ],
    bad: [
      [web, 'bad_input'],
      [{ ...web, toRevision: 0 }, 'bad_input'],
      [{ ...web, toRevision: 7 }, 'bad_input'],
      [{ ...web, toRevision: 1 }, 'nothing_to_change'],
      [{ ...web, name: 'nosuch' }, 'not_found'],
    ],
  },
  'infra.k8s.nodes.cordonNode': {
    good: [{ name: 'node-1', cordon: true }],
    bad: [
      [{ name: 'node-1' }, 'bad_input'],
      [{ name: 'node-1', cordon: 'yes' }, 'bad_input'],
      [{ name: 'node-1', cordon: false }, 'nothing_to_change'],
      [{ name: 'nosuch', cordon: true }, 'not_found'],
    ],
  },
  'infra.k8s.nodes.drainNode': {
    good: [
      { name: 'node-1', force: true, deleteEmptyDirData: true },
      { name: 'node-2', gracePeriodSeconds: 1 },
    ],
    bad: [
      [{ name: 'node-0' }, 'drain_blocked'],
      [{ name: 'node-1', timeoutSeconds: 1 }, 'bad_input'],
      [{ name: 'node-1', gracePeriodSeconds: -1 }, 'bad_input'],
      [{ name: 'node-1', force: 'yes' }, 'bad_input'],
      [{ name: 'nosuch' }, 'not_found'],
    ],
  },
  'infra.k8s.resources.deleteResource': {
    good: [settings, { kind: 'deploy', ...web, propagationPolicy: 'Foreground' }, { kind: 'node', name: 'node-2' }],
    bad: [
      [{ ...settings, name: 'nosuch' }, 'not_found'],
      [{ ...settings, propagationPolicy: 'Sideways' }, 'bad_input'],
      [{ ...settings, gracePeriodSeconds: -1 }, 'bad_input'],
      [{ kind: 'node', name: 'node-2', namespace: SHOP }, 'bad_input'],
      [{ kind: 'selfsubjectreviews', name: 'x' }, 'verb_not_supported'],
    ],
  },
  'infra.k8s.resources.patchResource': {
    good: [
      { ...settings, type: 'merge', patch: { data: { colour: 'red', shape: 'round' } } },
      { kind: 'deploy', ...web, patch: { spec: { paused: true } } },
      { ...settings, type: 'json', patch: [{ op: 'replace', path: '/data/colour', value: 'red' }] },
    ],
    bad: [
      [settings, 'bad_input'],
      [{ ...settings, patch: 'colour: red' }, 'bad_input'],
      [{ ...settings, patch: {}, type: 'sideways' }, 'bad_input'],
      [{ ...settings, patch: { a: 1 }, type: 'json' }, 'bad_input'],
      [{ ...settings, patch: [], type: 'merge' }, 'bad_input'],
      [{ ...settings, patch: { data: { colour: 'blue' } } }, 'nothing_to_change'],
      [{ ...settings, patch: { metadata: { name: 'other' } } }, 'bad_input'],
      [{ ...settings, patch: { metadata: { resourceVersion: '1' } } }, 'bad_input'],
      [{ kind: 'deploy', ...web, patch: { status: { replicas: 9 } } }, 'bad_input'],
      [{ kind: 'deploy', ...web, patch: { spec: { replicaz: 9 } } }, 'invalid'],
      [{ ...settings, name: 'nosuch', patch: { data: { a: 'b' } } }, 'not_found'],
    ],
  },
  'infra.k8s.apply.applyManifest': {
    good: [apply(fresh), { ...apply(manifest), force: true }],
    bad: [
      [{}, 'bad_input'],
      [{ yamlContent: 7 }, 'bad_input'],
      [{ yamlContent: '' }, 'bad_input'],
      [{ ...apply(fresh), force: 'yes' }, 'bad_input'],
      [apply(manifest), 'field_conflict'],
      [apply('a: ['), 'bad_manifest'],
      [apply(fresh.replace('red', 'no')), 'bad_manifest'],
      [apply(fresh.replace('name: fresh', 'name: ../x')), 'bad_manifest'],
      [apply(fresh.replace('name: fresh', 'generateName: fresh-')), 'bad_manifest'],
      [apply(fresh.replace('name: fresh', 'name: fresh\n  namespace: kube-system')), 'bad_manifest'],
      [apply(fresh.replace('ConfigMap', 'Nosuch')), 'bad_manifest'],
    ],
  },
  'infra.k8s.helm.installChart': {
    good: [till2, { ...till2, values: { colour: 'red' }, wait: true }, { ...till2, valuesYaml: 'colour: green' }],
    bad: [
      [{ ...till, chart: 'charts/shop' }, 'release_exists'],
      [{ ...till2, name: 'Till' }, 'bad_input'],
      [{ ...till2, name: 'x'.repeat(54) }, 'bad_input'],
      [{ namespace: SHOP, name: 'till-2' }, 'bad_input'],
      [{ ...till2, chart: '' }, 'bad_input'],
      [{ ...till2, chart: '../charts/shop' }, 'bad_input'],
      [{ ...till2, chart: '--post-renderer=sh' }, 'bad_input'],
      [{ ...till2, chart: 'file:///etc/passwd' }, 'bad_input'],
      [{ ...till2, chart: 'nosuch' }, 'chart_not_found'],
      [{ ...till2, chart: 'oci://127.0.0.1:9/web' }, 'chart_source_not_allowed'],
      [{ ...till2, chart: 'https://169.254.169.254/web.tgz' }, 'chart_source_not_allowed'],
      [{ ...till2, version: '1.0.0' }, 'bad_input'],
      [{ ...till2, values: 'colour: red' }, 'bad_input'],
      [{ ...till2, values: {}, valuesYaml: 'a: b' }, 'bad_input'],
      [{ ...till2, valuesYaml: 'a: [' }, 'bad_input'],
      [{ ...till2, values: { replicas: 'two' } }, 'chart_not_rendered'],
      [{ ...till2, values: { replicas: -1 } }, 'bad_manifest'],
      [{ ...till2, timeoutSeconds: 0 }, 'bad_input'],
      [{ ...till2, namespace: 'nosuch' }, 'not_found'],
    ],
  },
  'infra.k8s.helm.upgradeChart': {
    good: [
      { ...till, chart: 'charts/shop' },
      { ...till, chart: 'charts/shop', values: { colour: 'red' }, reuseValues: false },
    ],
    bad: [
      [{ ...till, name: 'nosuch', chart: 'charts/shop' }, 'release_not_found'],
      [{ ...till, version: '1.0.0' }, 'bad_input'],
      [{ ...till, chart: 'charts/shop', reuseValues: 'yes' }, 'bad_input'],
      [{ ...till, chart: '--post-renderer=sh' }, 'bad_input'],
      [{ ...till, chart: 'nosuch' }, 'chart_not_found'],
    ],
  },
  'infra.k8s.helm.rollbackRelease': {
    good: [{ ...till, revision: 1 }],
    bad: [
      [till, 'bad_input'],
      [{ ...till, revision: 0 }, 'bad_input'],
      [{ ...till, revision: 7 }, 'release_not_found'],
      [{ ...till, name: 'nosuch' }, 'release_not_found'],
    ],
  },
  'infra.k8s.helm.uninstallRelease': {
    good: [till],
    bad: [
      [{ ...till, name: 'nosuch' }, 'release_not_found'],
      [{ ...till, wait: 'yes' }, 'bad_input'],
    ],
  },
  'infra.k8s.approvals.listApprovals': {
    good: [{}, { state: 'pending', limit: 5 }],
    bad: [
      [{ state: 'undecided' }, 'bad_input'],
      [{ limit: 101 }, 'bad_input'],
      [{ continue: 'apr_1' }, 'bad_input'],
      [{ after: -1 }, 'bad_input'],
    ],
  },
  'infra.k8s.approvals.getApproval': {
    good: [{ id: APPROVAL }, { id: APPROVAL, wait: 1, since: 0 }],
    bad: [
      [{ id: OTHER }, 'approval_not_found'],
      [{ id: APPROVAL, wait: 51 }, 'bad_input'],
      [{ id: APPROVAL, wait: -1 }, 'bad_input'],
      [{ id: APPROVAL, since: -1 }, 'bad_input'],
    ],
  },
  'infra.k8s.approvals.cancelApproval': {
    good: [],
    bad: [
      [{ id: OTHER }, 'approval_not_found'],
      [{ id: APPROVAL, reason: '' }, 'bad_input'],
      [{ id: APPROVAL, reason: 'x'.repeat(1001) }, 'bad_input'],
    ],
  },
  'infra.k8s.approvals.undoChange': {
    good: [],
    bad: [
      [{ id: OTHER }, 'approval_not_found'],
      [{ id: APPROVAL }, 'nothing_to_undo'],
      [{ id: APPROVAL, part: 0 }, 'bad_input'],
    ],
  },
  'infra.k8s.approvals.approve': {
    good: [],
    bad: [
      [{ id: APPROVAL }, 'bad_input'],
      [{ id: APPROVAL, digest: '' }, 'bad_input'],
      [{ id: APPROVAL, digest: 7 }, 'bad_input'],
      [{ id: APPROVAL, digest: DIGEST }, 'digest_mismatch'],
      [{ id: APPROVAL, digest: DIGEST, confirm: 'yes' }, 'bad_input'],
      [{ id: OTHER, digest: DIGEST }, 'approval_not_found'],
    ],
  },
  'infra.k8s.approvals.deny': {
    good: [],
    bad: [
      [{ id: APPROVAL }, 'bad_input'],
      [{ id: APPROVAL, reason: '' }, 'bad_input'],
      [{ id: APPROVAL, reason: '   ' }, 'bad_input'],
      [{ id: OTHER, reason: 'no' }, 'approval_not_found'],
    ],
  },
  'infra.k8s.approvals.resolve': {
    good: [],
    bad: [
      [{ id: APPROVAL, reason: 'seen' }, 'bad_input'],
      [{ id: APPROVAL, outcome: 'stale', reason: 'seen' }, 'bad_input'],
      [{ id: APPROVAL, outcome: 'failed', reason: 'seen' }, 'decision_not_possible'],
      [{ id: OTHER, outcome: 'failed', reason: 'seen' }, 'approval_not_found'],
    ],
  },
}
