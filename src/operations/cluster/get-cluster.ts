import Type from 'typebox'
import { type Overview as Seen, Overview, overview } from '../../services/overview.ts'
import { defineRead } from '../define.ts'
import { ContextName } from '../schemas.ts'

export const getCluster = defineRead({
  name: 'infra.k8s.cluster.getCluster',
  title: 'Cluster overview',
  description: 'Version, identity, health of the API server, nodes and their capacity.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    findings: Type.Optional(Type.Boolean({ default: false, description: 'Count what is wrong, too.' })),
  }),
  output: Overview,
  handle: ({ findings = false }, { cluster }) => overview(cluster, { findings }),
  text: (seen) =>
    [
      `context ${seen.context}: Kubernetes ${seen.version} (${seen.platform}) at ${seen.server}, as ${seen.user ?? 'unknown user'}, namespace ${seen.namespace}`,
      seen.health.ready
        ? 'API server: ready'
        : `API server: not ready (${seen.health.failing.join(', ') || 'no details'})`,
      ...nodeLines(seen.nodes),
      ...findingLines(seen.findings),
      ...seen.limits,
    ].join('\n'),
})

const findingLines = (findings: Seen['findings']): string[] =>
  findings === undefined
    ? []
    : [
        `findings: ${findings.critical} critical, ${findings.warning} warnings, ${findings.info} to know; diagnose tells them`,
      ]

function nodeLines(nodes: Seen['nodes']): string[] {
  if (nodes === undefined) return []
  const { total, ready, notReady, unschedulable, capacity, allocatable } = nodes
  return [
    `nodes: ${ready} of ${total} ready${notReady.length === 0 ? '' : `; not ready: ${notReady.join(', ')}`}${unschedulable.length === 0 ? '' : `; cordoned: ${unschedulable.join(', ')}`}`,
    `capacity: ${capacity.cpu} CPU, ${capacity.memory}, ${capacity.pods} pods; allocatable: ${allocatable.cpu} CPU, ${allocatable.memory}, ${allocatable.pods} pods`,
  ]
}
