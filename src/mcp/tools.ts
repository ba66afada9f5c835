import type { Tool } from '@modelcontextprotocol/server'
import { nearestNames } from '../nearest.ts'
import { groupOf, type Operation } from '../operations/define.ts'
import type { Toolset } from '../operations/toolsets.ts'
import { inputSchema, outputSchema } from './schema.ts'

/**
 * The name of an operation's tool: `infra.k8s.pods.listPods` is `k8s_pods_list_pods`. Some clients take neither dots nor
 * capitals, and one name they do not take hides every tool of the server from them.
 */
export const wireName = (operation: string): string =>
  operation
    .replace(/^infra\./, '')
    .replaceAll('.', '_')
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The tools of this server: what is listed, and what a name in `tools/call` means. */
export interface Tools {
  /** What `tools/list` answers, in documented order. */
  readonly listed: Tool[]
  /** Every tool, listed or not: `tools/call` takes them all, unless the runner refuses. */
  readonly all: readonly Tool[]
  /** The operation behind a wire name or a dotted name. */
  find(name: string): Operation | undefined
  /** The name to tell a client for an operation; undefined where there is none, or TOOLSETS leaves it out. */
  nameOf(operation: string): string | undefined
  /** Up to three names like the one given, for an error. */
  nearest(name: string): string[]
}

export interface ToolOptions {
  names: 'wire' | 'dotted'
  toolset: Toolset
  /** Changes are not listed: the runner would refuse each of them. */
  readOnly: boolean
}

/** Builds the tools once; every server object shares them. */
export function makeTools(operations: readonly Operation[], { names, toolset, readOnly }: ToolOptions): Tools {
  const offered = operations.filter(isOffered)
  const toolName = names === 'dotted' ? (name: string) => name : wireName
  const entries = offered.map((operation) => ({ operation, tool: toolOf(operation, toolName(operation.name)) }))
  const byName = new Map(
    offered.flatMap((operation) =>
      [operation.name, wireName(operation.name)].map((name) => [name, operation] as const),
    ),
  )
  const isTaken = (operation: Operation) => toolset.groups?.has(groupOf(operation)) ?? true
  const taken = offered.filter(isTaken).map((operation) => toolName(operation.name))
  const isListed = (operation: Operation) => toolset.lists(operation) && (!readOnly || operation.kind === 'read')
  return {
    listed: entries.filter(({ operation }) => isListed(operation)).map(({ tool }) => tool),
    all: entries.map(({ tool }) => tool),
    find: (name) => byName.get(name),
    nameOf: (name) => {
      const operation = byName.get(name)
      return operation !== undefined && isTaken(operation) ? toolName(operation.name) : undefined
    },
    nearest: (name) => nearestTools(name, taken),
  }
}

/** Decisions name their doors; what is not for agents does not even have a name here. */
const isOffered = (operation: Operation): boolean => operation.kind !== 'decision' || operation.doors.includes('mcp')

/** One file name and content per tool, for the snapshots that pin what clients see. */
export const toolSnapshots = (tools: Tools): Map<string, Tool> =>
  new Map(tools.all.map((tool) => [`${wireName(tool.name)}.json`, tool]))

function toolOf(operation: Operation, name: string): Tool {
  return {
    name,
    title: operation.title,
    description: operation.description,
    inputSchema: inputSchema(operation.input),
    // The approval that every change answers is 7 KB of schema: said once, by the read that gets it.
    ...(operation.kind === 'read' ? { outputSchema: outputSchema(operation.output) } : {}),
    annotations: annotationsOf(operation),
    _meta: { 'k8s-mcp/operation': operation.name },
  }
}

/** Groups that answer from the server's own state. */
const OWN_STATE: ReadonlySet<string> = new Set(['server', 'docs', 'templates', 'approvals'])

/** Whether an operation reads what third parties wrote. */
export const readsCluster = (operation: Operation): boolean => !OWN_STATE.has(groupOf(operation))

// Every hint is said: a client assumes the worst (destructive, not idempotent, open world) of a hint that is not there.
function annotationsOf(operation: Operation) {
  const isRead = operation.kind === 'read'
  const effect = operation.kind === 'change' ? operation.effect : { destructive: false, idempotent: isRead }
  return {
    title: operation.title,
    readOnlyHint: isRead,
    destructiveHint: effect.destructive,
    idempotentHint: effect.idempotent,
    openWorldHint: readsCluster(operation),
  }
}

// A model that forgets the name often keeps its last words (list_pods, listPods).
function nearestTools(name: string, names: readonly string[]): string[] {
  const words = wireName(name).replace(/^k8s_/, '')
  const sameEnd = names.filter((each) => wireName(each).endsWith(`_${words}`))
  return sameEnd.length > 0 ? sameEnd.slice(0, 3) : nearestNames(name, names)
}
