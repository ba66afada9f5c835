import { ConfigError } from '../config.ts'
import { nearestNames } from '../nearest.ts'
import { groupOf, type OperationName } from './define.ts'

/** What `tools/list` shows unless TOOLSETS says otherwise: one agent's daily work, at most 16 KB of what a model sees. */
export const CORE: readonly OperationName[] = [
  'infra.k8s.getStatus',
  'infra.k8s.getMetrics',
  'infra.k8s.docs.search',
  'infra.k8s.docs.getDoc',
  'infra.k8s.docs.explain',
  'infra.k8s.templates.getTemplate',
  'infra.k8s.cluster.getContexts',
  'infra.k8s.cluster.getCurrentContext',
  'infra.k8s.cluster.switchContext',
  'infra.k8s.cluster.listNamespaces',
  'infra.k8s.cluster.listEvents',
  'infra.k8s.pods.listPods',
  'infra.k8s.pods.getPod',
  'infra.k8s.pods.getPodLogs',
  'infra.k8s.pods.createPod',
  'infra.k8s.pods.deletePod',
  'infra.k8s.pods.execInPod',
  'infra.k8s.deployments.listDeployments',
  'infra.k8s.deployments.scaleDeployment',
  'infra.k8s.deployments.restartDeployment',
  'infra.k8s.services.listServices',
  'infra.k8s.resources.listResources',
  'infra.k8s.resources.getResource',
  'infra.k8s.resources.describeResource',
  'infra.k8s.resources.patchResource',
  'infra.k8s.resources.deleteResource',
  'infra.k8s.apply.diffManifest',
  'infra.k8s.apply.applyManifest',
  'infra.k8s.helm.listReleases',
  'infra.k8s.helm.installChart',
  'infra.k8s.helm.upgradeChart',
  'infra.k8s.helm.uninstallRelease',
  'infra.k8s.diagnose.diagnose',
  'infra.k8s.approvals.listApprovals',
  'infra.k8s.approvals.getApproval',
  'infra.k8s.approvals.cancelApproval',
  'infra.k8s.approvals.undoChange',
]

/** What TOOLSETS came to. */
export interface Toolset {
  /** Whether `tools/list` shows an operation. */
  lists(operation: { name: string }): boolean
  /** The groups whose operations `tools/call` takes; undefined: all of them (`core` and `all` refuse nothing). */
  groups: ReadonlySet<string> | undefined
}

/** Reads TOOLSETS: `core`, `all`, or names of groups. Throws {@link ConfigError} with one line for each word that is none of them. */
export function readToolsets(words: readonly string[], operations: readonly { name: string }[]): Toolset {
  const [word, ...others] = words
  if (word === undefined) throw new ConfigError(['TOOLSETS is empty. Set it to core, all, or names of groups.'])
  if (others.length > 0) return ofGroups(words, operations)
  if (word === 'all') return { lists: () => true, groups: undefined }
  if (word === 'core') return { lists: ({ name }) => core.has(name), groups: undefined }
  return ofGroups(words, operations)
}

const core: ReadonlySet<string> = new Set(CORE)

function ofGroups(words: readonly string[], operations: readonly { name: string }[]): Toolset {
  const known = new Set(operations.map(groupOf))
  const faults = words.filter((word) => !known.has(word)).map((word) => fault(word, [...known]))
  if (faults.length > 0) throw new ConfigError(faults)
  const groups = new Set(words)
  return { lists: (operation) => groups.has(groupOf(operation)), groups }
}

function fault(word: string, groups: readonly string[]): string {
  if (word === 'core' || word === 'all')
    return `TOOLSETS: ${word} stands alone, it cannot be combined with other words.`
  const [near] = nearestNames(word, groups)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return `TOOLSETS: "${word}" is not a toolset.${hint} Toolsets: core, all, ${groups.join(', ')}.`
}
