import { pathOf } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Effect } from '../changes/compose.ts'
import type { Warning } from '../changes/plan.ts'
import { effectOf, notesOf, refuseRefused, rehearseAll } from '../changes/rehearsed.ts'
import { called, findObject } from '../changes/targets.ts'
import type { Cluster } from '../cluster.ts'
import { inTurn } from '../in-turn.ts'
import type { ReleaseAction } from './change-schema.ts'
import { ANOTHER } from './plan-objects.ts'
import type { RenderedObject } from './rendered.ts'

/** When hooks run in each action (Helm's documentation of charts, "Chart Hooks"). */
const EVENTS: Readonly<Record<ReleaseAction, readonly string[]>> = {
  install: ['pre-install', 'post-install'],
  upgrade: ['pre-upgrade', 'post-upgrade'],
  rollback: ['pre-rollback', 'post-rollback'],
  uninstall: ['pre-delete', 'post-delete'],
}
const AT_ONCE = 4

/** What the hooks of an action make. */
export interface HookPlan {
  effects: Effect[]
  warnings: Warning[]
  notes: string[]
}

interface HookThere {
  hook: RenderedObject
  live: KubeObject | undefined
  namespaced: boolean
}

/** The hooks that an action runs, each tried where it is not there yet. Throws `bad_manifest`, `forbidden`. */
export async function planHooks(
  cluster: Cluster,
  hooks: readonly RenderedObject[],
  { action, namespace, inNew }: { action: ReleaseAction; namespace: string; inNew: boolean },
): Promise<HookPlan> {
  const running = hooks.filter((hook) => eventsOf(hook).some((event) => EVENTS[action].includes(event)))
  const found = await inTurn(running, AT_ONCE, (hook) => lookAt(cluster, hook, namespace))
  const fresh = inNew ? [] : found.filter(({ live }) => live === undefined)
  const documents = fresh.map(({ hook }, index) => ({ index: index + 1, line: 1, object: hook.object, notes: [] }))
  const parts = await rehearseAll(cluster, documents, {
    namespace,
    owners: true,
    manner: { manager: 'helm', force: true },
  })
  refuseRefused(parts, ({ document }) => `hook, ${fresh[document.index - 1]?.hook.source ?? ''}`, ANOTHER)
  const tried = parts.map((part): Effect => ({ ...effectOf(part), action: 'run' }))
  const rest = found.filter(({ live }) => inNew || live !== undefined)
  return {
    effects: [...tried, ...rest.map((each) => untriedEffect(each, namespace))],
    warnings: found.flatMap(replacing),
    notes: [...parts.flatMap(notesOf), ...found.map(({ hook }) => hookNote(hook, namespace))],
  }
}

async function lookAt(cluster: Cluster, hook: RenderedObject, fallback: string): Promise<HookThere> {
  const { apiVersion, kind, metadata } = hook.object
  const type = await cluster.discovery.exact(cluster.api, apiVersion, kind)
  if (type === undefined) return { hook, live: undefined, namespaced: true }
  const namespace = type.namespaced ? (metadata.namespace ?? fallback) : undefined
  cluster.api.permit('POST', pathOf(type, namespace))
  return { hook, live: await findObject(cluster, type, namespace, metadata.name), namespaced: type.namespaced }
}

const HOOK = 'helm.sh/hook'
const annotation = ({ object }: RenderedObject, name: string) => object.metadata.annotations?.[name] ?? ''
const wordsIn = (text: string) => text.split(',').map((word) => word.trim().toLowerCase())
const eventsOf = (hook: RenderedObject) => wordsIn(annotation(hook, HOOK))
const policiesOf = (hook: RenderedObject) => {
  const policies = wordsIn(annotation(hook, `${HOOK}-delete-policy`)).filter((word) => word !== '')
  return policies.length === 0 ? ['before-hook-creation'] : policies
}

const placed = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
})

function untriedEffect({ hook, namespaced }: HookThere, namespace: string): Effect {
  const after = namespaced ? placed(hook.object, namespace) : hook.object
  return { type: { kind: after.kind, group: '', namespaced }, action: 'run', after, rows: [], dryRun: false }
}

function replacing({ hook, live }: HookThere): Warning[] {
  if (live === undefined || !policiesOf(hook).includes('before-hook-creation')) return []
  return [
    {
      code: 'hook_replaces',
      risk: 'medium',
      text: `${called(live)} is there, and is deleted before the hook makes it anew.`,
    },
  ]
}

function hookNote(hook: RenderedObject, namespace: string): string {
  const weight = annotation(hook, `${HOOK}-weight`)
  const order = weight === '' ? '' : `, weight ${weight}`
  return `Hook ${eventsOf(hook).join(', ')}${order}: ${called(placed(hook.object, namespace))}; deleted by policy: ${policiesOf(hook).join(', ')}.`
}
