import type { Planning } from '../changes/compose.ts'
import type { Plan, Undo, Warning } from '../changes/plan.ts'
import type { Fields } from '../describe/read.ts'
import type { ReleaseSteps } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import { objectKey } from './manifest.ts'
import { planDeletes } from './plan-deletes.ts'
import { planHooks } from './plan-hooks.ts'
import { planObjects } from './plan-objects.ts'
import { assertSameGround, composeRelease, counted, tryToStore } from './plan-release.ts'
import type { ApplyMethod } from './render-runs.ts'
import type { RenderedManifest, RenderedObject } from './rendered.ts'

/** A revision that is to be made. */
export interface Content {
  steps: ReleaseSteps
  /** What is done: "Install chart web 1.2.3 as release shop/web". */
  what: string
  /** What the release is made of now, and its revision; none before an install. */
  before: { objects: readonly RenderedObject[]; hooks: readonly RenderedObject[]; revision: number }
  after: Pick<RenderedManifest, 'objects' | 'hooks'>
  /** What Helm makes before all else: the namespace, definitions. */
  first: readonly RenderedObject[]
  /** Whether the namespace is made with it. */
  inNew: boolean
  method: ApplyMethod
  open: ReadonlyMap<string, readonly string[]>
  warnings: readonly Warning[]
  notes: readonly string[]
  values: { before: Fields; after: Fields }
  undo: Undo | undefined
}

/** The plan of a new revision: every object tried, what goes, the hooks that run, and what somebody else has changed meanwhile. */
export async function planContent(tools: HelmTools, content: Content, planning: Planning): Promise<Plan<ReleaseSteps>> {
  const { cluster } = tools
  const { steps, what, before, after, inNew, values, undo } = content
  const { namespace, action } = steps
  assertSameGround(planning.approved, steps)
  const [kept, lost, ran] = await Promise.all([
    planObjects(cluster, wantedOf(content)),
    planDeletes(cluster, goneFrom(content), namespace),
    planHooks(cluster, after.hooks, { action, namespace, inNew }),
    inNew ? undefined : tryToStore(tools, steps),
  ])
  const effects = [...kept.effects, ...lost.effects, ...ran.effects]
  const draft = {
    summary: `${what} on context ${cluster.context}: ${counted(effects)}`,
    steps,
    effects,
    lost: lost.blast,
    warnings: [...content.warnings, ...kept.drift, ...ran.warnings],
    base: { risk: 'medium' as const, reason: `${what}: ${counted(effects)}.` },
    notes: [...content.notes, ...kept.notes, ...lost.notes, ...ran.notes],
    undo: undo && { ...undo, loses: [...undo.loses, ...new Set(lost.loses)] },
    values,
    rendered: [...before.objects, ...before.hooks, ...after.objects, ...after.hooks],
  }
  return composeRelease(tools, draft, planning)
}

const wantedOf = ({ steps, before, after, first, method, open }: Content) => ({
  namespace: steps.namespace,
  release: steps.name,
  before: before.objects,
  revision: before.revision,
  after: after.objects,
  first,
  method,
  forceConflicts: steps.forceConflicts,
  open,
})

function goneFrom({ steps: { namespace }, before, after }: Content): RenderedObject[] {
  const stays = new Set(after.objects.map(({ object }) => objectKey(object, namespace)))
  return before.objects.filter(({ object }) => !stays.has(objectKey(object, namespace)))
}
