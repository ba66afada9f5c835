import Type, { type Static } from 'typebox'
import { Problem } from '../errors.ts'
import { objectPage } from '../kubernetes/lists.ts'
import { BUILT_IN } from '../kubernetes/paths.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { bytesText, cpuText, quantity } from './describe/quantity.ts'
import { at, conditionOf, textAt } from './describe/read.ts'
import type { Severity } from './diagnose/finding.ts'
import { diagnoseScope } from './diagnosis.ts'
import { whoAmI } from './reachability.ts'

const Amounts = Closed({
  cpu: Type.String({ description: 'CPU in cores.' }),
  memory: Type.String({ description: 'Memory.' }),
  pods: Type.Integer({ description: 'Pods.' }),
})

/** A cluster at a glance. */
export const Overview = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  server: Type.String({ description: 'URL of the API server.' }),
  namespace: Type.String({ description: 'Namespace of calls that name none.' }),
  version: Type.String({ description: 'Version of Kubernetes.' }),
  platform: Type.String({ description: 'Platform of the API server.' }),
  user: Type.Optional(Type.String({ description: 'Who the API server takes this server for.' })),
  health: Closed({
    ready: Type.Boolean({ description: 'Whether the API server says that it is ready.' }),
    failing: Type.Array(Type.String(), { description: 'Checks of it that fail.' }),
  }),
  nodes: Type.Optional(
    Closed({
      total: Type.Integer({ description: 'Nodes.' }),
      ready: Type.Integer({ description: 'Nodes that are ready.' }),
      notReady: Type.Array(Type.String(), { description: 'Names of the others.' }),
      unschedulable: Type.Array(Type.String(), { description: 'Cordoned nodes.' }),
      capacity: Amounts,
      allocatable: Amounts,
    }),
  ),
  findings: Type.Optional(
    Closed({
      critical: Type.Integer({ description: 'What does not work now.' }),
      warning: Type.Integer({ description: 'What works in part, or soon will not.' }),
      info: Type.Integer({ description: 'What is good to know.' }),
    }),
  ),
  limits: Type.Array(Type.String(), { description: 'What could not be read, and why.' }),
})
export type Overview = Static<typeof Overview>

/**
 * Reads version, identity, health and nodes in parallel, with `findings` also how much is wrong. What this identity may not read is said in
 * `limits`.
 */
export async function overview(cluster: Cluster, { findings: asked = false } = {}): Promise<Overview> {
  const limits: string[] = []
  const { api } = cluster
  const [version, user, health, nodes, findings] = await Promise.all([
    api.json<unknown>({ path: ['version'] }),
    whoAmI(api),
    healthOf(cluster),
    nodesOf(cluster, limits),
    asked ? findingsOf(cluster, limits) : undefined,
  ])
  return {
    context: cluster.context,
    server: api.connection.server,
    namespace: cluster.namespace,
    version: textAt(version, 'gitVersion') ?? '',
    platform: textAt(version, 'platform') ?? '',
    ...(user === undefined ? {} : { user }),
    health,
    ...(nodes === undefined ? {} : { nodes }),
    ...(findings === undefined ? {} : { findings }),
    limits,
  }
}

// A 500 of /readyz is an answer, not a fault: its lines name what is not ready.
async function healthOf(cluster: Cluster): Promise<Overview['health']> {
  try {
    await cluster.api.text({ path: ['readyz'], accept: 'text/plain' })
    return { ready: true, failing: [] }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { ready: false, failing: [...error.message.matchAll(/^\[-\](\S+)/gm)].map(([, check]) => check ?? '') }
  }
}

async function nodesOf(cluster: Cluster, limits: string[]): Promise<Overview['nodes'] | undefined> {
  try {
    const nodes = await allNodes(cluster)
    const ready = nodes.filter((each) => conditionOf(each, 'Ready')?.status === 'True')
    return {
      total: nodes.length,
      ready: ready.length,
      notReady: names(nodes.filter((each) => !ready.includes(each))),
      unschedulable: names(nodes.filter((each) => at(each, 'spec.unschedulable') === true)),
      capacity: amounts(nodes, 'capacity'),
      allocatable: amounts(nodes, 'allocatable'),
    }
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 403) throw error
    limits.push(`nodes: ${error.message}`)
    return undefined
  }
}

async function findingsOf(cluster: Cluster, limits: string[]): Promise<Overview['findings'] | undefined> {
  try {
    const { findings, more = 0, gaps } = await diagnoseScope(cluster, { of: 'cluster' })
    limits.push(...gaps.map(({ what, why }) => `${what}: ${why}`))
    if (more > 0) limits.push(`findings: only the ${findings.length} most urgent are counted`)
    const count = (severity: Severity) => findings.filter((each) => each.severity === severity).length
    return { critical: count('critical'), warning: count('warning'), info: count('info') }
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 403) throw error
    limits.push(`findings: ${error.message}`)
    return undefined
  }
}

async function allNodes(cluster: Cluster): Promise<KubeObject[]> {
  const nodes: KubeObject[] = []
  let next: string | undefined
  do {
    const page = await objectPage(cluster.api, BUILT_IN.nodes, { namespace: undefined, limit: 500, continue: next })
    nodes.push(...page.items)
    next = page.metadata.continue
  } while (next)
  return nodes
}

const names = (nodes: readonly KubeObject[]) => nodes.map((each) => each.metadata.name)

function amounts(nodes: readonly KubeObject[], which: 'capacity' | 'allocatable') {
  const sum = (name: string) =>
    nodes.reduce((all, each) => all + (quantity(at(each, `status.${which}.${name}`)) ?? 0), 0)
  return { cpu: cpuText(sum('cpu')), memory: bytesText(sum('memory')), pods: sum('pods') }
}
