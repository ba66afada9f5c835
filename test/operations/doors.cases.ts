import type { Case } from './case.ts'
import { CHANGES } from './change.cases.ts'
import { SHOP } from './shop.ts'

const web = { namespace: SHOP, name: 'web' }
const solo = { namespace: SHOP, name: 'solo' }
const release = { namespace: SHOP, name: 'till' }
const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: red\n'

/** Every operation. One that is not here fails the test. */
export const CASES: Readonly<Record<string, Case>> = {
  'infra.k8s.docs.search': {
    good: [{ q: 'crash loop' }, { q: 'deploy.spec.strategy', limit: 3 }, { q: 'quota', source: 'own' }],
    bad: [
      [{}, 'bad_input'],
      [{ q: 'x', source: 'elsewhere' }, 'bad_input'],
    ],
    openToAll: true,
  },
  'infra.k8s.docs.listDocs': { good: [{}], openToAll: true },
  'infra.k8s.docs.getDoc': {
    good: [{ path: 'troubleshooting/oom-killed' }, { path: 'troubleshooting/crash-loop', format: 'json' }],
    bad: [
      [{ path: 'troubleshooting/nosuch' }, 'unknown_page'],
      [{ path: 'x', format: 'pdf' }, 'bad_input'],
    ],
    openToAll: true,
  },
  'infra.k8s.docs.listApiReference': { good: [{}, { version: '1.34' }], openToAll: true },
  'infra.k8s.docs.explain': {
    good: [
      { kind: 'deploy', path: 'spec.strategy' },
      { kind: 'pods', path: 'spec.containers[].image' },
    ],
    bad: [
      [{ kind: 'nosuch' }, 'unknown_kind'],
      [{ kind: 'deploy', path: 'spec.nosuch' }, 'unknown_field'],
      [{ kind: 'deploy', version: '1.1' }, 'unknown_api_version'],
    ],
    // A field path may stand behind the kind.
    own: ['kind'],
    openToAll: true,
  },
  'infra.k8s.templates.listTemplates': { good: [{}], openToAll: true },
  'infra.k8s.templates.getTemplate': {
    good: [{ template: 'deployment' }, { template: 'configmap', format: 'json' }],
    bad: [
      [{ template: 'nosuch' }, 'unknown_template'],
      [{ template: 'pdb', format: 'toml' }, 'bad_input'],
      [{ template: 'pdb', context: 'admin' }, 'bad_input'],
    ],
    // The template says which further parameters there are.
    own: ['format', 'context', 'nosuch'],
    openToAll: true,
  },
  'infra.k8s.getInfo': { good: [{}] },
  'infra.k8s.getStatus': { good: [{}], volatile: ['uptimeSeconds', 'memoryBytes', 'latencyMs'] },
  'infra.k8s.getMetrics': { good: [{}], volatile: ['values'] },
  'infra.k8s.cluster.getCluster': { good: [{}, { context: 'viewer' }], openToAll: true },
  'infra.k8s.cluster.getContexts': { good: [{}] },
  'infra.k8s.cluster.getCurrentContext': { good: [{}] },
  'infra.k8s.cluster.listNamespaces': {
    good: [{}, { limit: 2 }, { format: 'objects' }, { fieldSelector: `metadata.name=${SHOP}` }],
    bad: [[{ namespace: SHOP }, 'bad_input']],
  },
  'infra.k8s.cluster.listEvents': {
    good: [
      { namespace: SHOP },
      { allNamespaces: true, limit: 3 },
      { namespace: SHOP, kind: 'po', name: 'solo', type: 'Normal' },
    ],
    bad: [
      [{ type: 'Bad' }, 'bad_input'],
      [{ reason: '' }, 'bad_input'],
    ],
  },
  'infra.k8s.cluster.listApiResources': {
    good: [{ group: 'apps' }, { namespaced: false }, { verb: 'deletecollection' }, { group: '' }],
    bad: [
      [{ namespaced: 'maybe' }, 'bad_input'],
      [{ verb: '' }, 'bad_input'],
    ],
    openToAll: true,
  },
  'infra.k8s.cluster.canI': {
    good: [
      { verb: 'delete', resource: 'deploy', namespace: SHOP },
      { verb: 'create', resource: 'pods/exec', context: 'viewer' },
      { verb: 'get', resource: 'nodes', name: 'node-0', context: 'nobody' },
    ],
    bad: [
      [{ verb: 'Get', resource: 'pods' }, 'bad_input'],
      [{ verb: 'fetch', resource: 'pods' }, 'bad_input'],
      [{ verb: 'get', resource: 'podz' }, 'unknown_kind'],
      [{ verb: 'get', resource: 'pods/../x' }, 'bad_input'],
      [{ verb: 'get' }, 'bad_input'],
      [{ verb: 'get', resource: 'nodes', namespace: SHOP }, 'bad_input'],
    ],
    openToAll: true,
  },
  'infra.k8s.pods.listPods': {
    good: [
      { namespace: SHOP },
      { allNamespaces: true, limit: 1 },
      { namespace: SHOP, format: 'objects' },
      { namespace: SHOP, ready: true },
      { namespace: SHOP, ready: false, labelSelector: 'app in (web)' },
    ],
    bad: [[{ ready: 'yes' }, 'bad_input']],
  },
  'infra.k8s.pods.getPod': {
    good: [solo, { ...solo, format: 'objects' }],
    bad: [[{ namespace: SHOP, name: 'nosuch' }, 'not_found']],
  },
  'infra.k8s.pods.getPodLogs': {
    good: [
      solo,
      { ...solo, tail: 1, timestamps: true },
      { ...solo, contains: ['FIRST', 'third'] },
      { namespace: SHOP, labelSelector: 'app=web', allContainers: true },
    ],
    volatile: ['cursor'],
    bad: [
      [{ namespace: SHOP }, 'bad_input'],
      [{ ...solo, labelSelector: 'app=web' }, 'bad_input'],
      [{ ...solo, tail: -2 }, 'bad_input'],
      [{ ...solo, tail: 'abc' }, 'bad_input'],
      [{ ...solo, since: '10 minutes' }, 'bad_input'],
      [{ ...solo, sinceTime: '2026-02-30T00:00:00Z' }, 'bad_input'],
      [{ ...solo, container: 'nosuch' }, 'bad_input'],
      [{ ...solo, container: '..' }, 'bad_input'],
      [{ ...solo, cursor: 'damaged' }, 'bad_input'],
      [{ ...solo, contains: [''] }, 'bad_input'],
      [{ ...solo, maxBytes: 1 }, 'bad_input'],
      [{ ...solo, previous: true }, 'bad_input'],
      [{ namespace: SHOP, name: 'nosuch' }, 'not_found'],
    ],
  },
  'infra.k8s.pods.topPods': {
    good: [{ namespace: SHOP }, { allNamespaces: true, sortBy: 'memory', limit: 1 }],
    bad: [[{ sortBy: 'disk' }, 'bad_input']],
  },
  'infra.k8s.deployments.listDeployments': { good: [{ namespace: SHOP }, { allNamespaces: true, format: 'objects' }] },
  'infra.k8s.deployments.getRollout': { good: [web], bad: [[{ ...web, name: 'nosuch' }, 'not_found']] },
  'infra.k8s.helm.listReleases': {
    good: [{ namespace: SHOP }, { allNamespaces: true, limit: 1 }, { namespace: SHOP, status: 'deployed' }],
    bad: [[{ status: 'Deployed' }, 'bad_input']],
  },
  'infra.k8s.helm.getRelease': {
    good: [release, { ...release, revision: 1, allValues: true, manifest: true }],
    bad: [
      [{ ...release, name: 'nosuch' }, 'release_not_found'],
      [{ ...release, name: 'Shop' }, 'bad_input'],
      [{ ...release, revision: 7 }, 'release_not_found'],
      [{ ...release, revision: 0 }, 'bad_input'],
      [{ ...release, allValues: 'yes' }, 'bad_input'],
    ],
  },
  // Takes an archive, which only its own tests send (test/helm/upload.test.ts).
  'infra.k8s.helm.uploadChart': { good: [] },
  'infra.k8s.helm.getReleaseHistory': {
    good: [release, { ...release, limit: 1, changes: false }],
    bad: [
      [{ ...release, name: 'nosuch' }, 'release_not_found'],
      [{ ...release, limit: 101 }, 'bad_input'],
    ],
  },
  'infra.k8s.services.listServices': { good: [{ namespace: SHOP }, { allNamespaces: true }] },
  'infra.k8s.nodes.listNodes': { good: [{}, { labelSelector: 'kubernetes.io/hostname=node-1' }] },
  'infra.k8s.nodes.topNodes': { good: [{}, { sortBy: 'cpu' }] },
  'infra.k8s.resources.listResources': {
    good: [
      { kind: 'cm', namespace: SHOP },
      { kind: 'deployments.v1.apps', allNamespaces: true },
      { kind: 'widgets.one.example.test', namespace: SHOP },
      { kind: 'ClusterRole', limit: 2 },
      { kind: 'secrets', allNamespaces: true, format: 'objects' },
    ],
    bad: [[{ kind: 'nodes', namespace: SHOP }, 'bad_input']],
  },
  'infra.k8s.resources.getResource': {
    good: [
      { kind: 'cm', namespace: SHOP, name: 'settings' },
      { kind: 'po', ...solo, fields: "spec.containers[*].name,metadata.labels['x/y']" },
      { kind: 'node', name: 'node-0' },
      { kind: 'clusterrole', name: 'system:node' },
    ],
    bad: [
      [{ kind: 'cm', namespace: SHOP, name: 'nosuch' }, 'not_found'],
      [{ kind: 'cm', namespace: SHOP, name: 'settings', fields: 'data[' }, 'bad_input'],
      [{ kind: 'node', name: 'node-0', namespace: SHOP }, 'bad_input'],
      [{ kind: 'selfsubjectreviews', name: 'x' }, 'verb_not_supported'],
    ],
  },
  'infra.k8s.resources.describeResource': {
    good: [
      { kind: 'deploy', ...web },
      { kind: 'po', ...solo, maxBytes: 2000 },
      { kind: 'node', name: 'node-1' },
    ],
    bad: [
      [{ kind: 'deploy', ...web, name: 'nosuch' }, 'not_found'],
      [{ kind: 'deploy', ...web, maxBytes: 1 }, 'bad_input'],
    ],
  },
  'infra.k8s.diagnose.diagnose': {
    good: [{ kind: 'deploy', ...web }, { namespace: SHOP }, { kind: 'ns', name: SHOP }],
    volatile: ['takenAt'],
    bad: [
      [{ kind: 'deploy' }, 'bad_input'],
      [{ name: 'web' }, 'bad_input'],
      [{ kind: 'deploy', name: 'web', allNamespaces: true }, 'bad_input'],
      [{ kind: 'node', name: 'node-0', namespace: SHOP }, 'bad_input'],
      [{ kind: 'deploy', ...web, name: 'nosuch' }, 'not_found'],
      [{ namespace: 'nosuch' }, 'not_found'],
    ],
  },
  'infra.k8s.apply.diffManifest': {
    good: [{ yamlContent: manifest, namespace: SHOP }],
    // It says of each object what became of it: forbidden, here.
    openToAll: true,
    bad: [
      [{}, 'bad_input'],
      [{ yamlContent: 7 }, 'bad_input'],
      [{ yamlContent: '' }, 'bad_manifest'],
      [{ yamlContent: 'a: [' }, 'bad_manifest'],
      [{ yamlContent: manifest.replace('blue', 'no').replace('red', 'no'), namespace: SHOP }, 'bad_manifest'],
      [{ yamlContent: manifest.replace('settings', '../x'), namespace: SHOP }, 'bad_manifest'],
    ],
  },
  ...CHANGES,
}
