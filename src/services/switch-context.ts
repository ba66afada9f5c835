import Type, { type Static } from 'typebox'
import { type Call, LOCAL } from '../call.ts'
import { problems } from '../errors.ts'
import { Closed, OneOf } from '../schema.ts'
import { samePrincipal } from './approvals/types.ts'
import { NO_BLAST } from './changes/compose.ts'
import type { Done, Evidence, Execution, Plan } from './changes/plan.ts'
import type { Contexts } from './contexts.ts'

export const SwitchSteps = Closed({
  owner: Closed({ kind: OneOf(['agent', 'person', 'service'], 'Kind of the credential.'), subject: Type.String() }),
  context: Type.String(),
})
export type SwitchSteps = Static<typeof SwitchSteps>

export const SwitchResult = Closed({
  context: Type.String({ description: 'Where calls without context go now.' }),
  previous: Type.Optional(Type.String({ description: 'Where they went before.' })),
})
export type SwitchResult = Static<typeof SwitchResult>

const SHARED = 'All callers without a token are one caller: the switch is for each of them.'

/** Another current context for one caller. Throws `unknown_context`, `cluster_unavailable`, `nothing_to_change`. */
export function planSwitch(contexts: Contexts, call: Call, name: string): Plan<SwitchSteps> {
  const { server } = contexts.open(call, name)
  const { principal } = call
  const before = contexts.currentOf(principal)
  if (before === name) throw problems.nothingToChange(`The current context is ${name} already.`)
  const { kind, subject } = principal
  const change =
    before === undefined
      ? { path: 'currentContext', op: 'add' as const, to: name }
      : { path: 'currentContext', op: 'change' as const, from: before, to: name }
  return {
    summary: `Switch the current context of ${kind} ${subject} from ${before ?? 'none'} to ${name} (${server})`,
    targets: [{ context: name, apiVersion: 'k8s-mcp/v1', kind: 'Context', name, hash: server }],
    diff: [{ target: `Context of ${kind} ${subject}`, action: 'change', changes: [change], dryRun: false }],
    warnings: [],
    blast: NO_BLAST,
    risk: 'low',
    riskReasons: ['Only where later calls of this caller go changes; nothing in a cluster does.'],
    notes: [
      'There is no dry run of a switch: it is a setting of this server, and the kubeconfig is not written.',
      ...(samePrincipal(principal, LOCAL.principal) ? [SHARED] : []),
    ],
    ...(before === undefined
      ? {}
      : { undo: { operation: 'infra.k8s.cluster.switchContext', input: { contextName: before }, loses: [] } }),
    steps: { owner: { kind, subject }, context: name },
  }
}

export async function executeSwitch(
  contexts: Contexts,
  call: Call,
  { owner, context }: SwitchSteps,
  execution: Execution,
): Promise<Done<SwitchResult>> {
  const previous = contexts.currentOf(owner)
  await execution.beforeSend()
  await contexts.switchTo(owner, context, call)
  return { outcome: 'succeeded', output: { context, ...(previous === undefined ? {} : { previous }) } }
}

/** The setting itself says whether it was written: nothing of it can be under way. */
export function evidenceSwitch(contexts: Contexts, { owner, context }: SwitchSteps): Evidence {
  const now = contexts.currentOf(owner)
  return now === context
    ? { outcome: 'succeeded', text: `The current context is ${context}.` }
    : { outcome: 'failed', text: `The current context is ${now ?? 'none'}.` }
}
