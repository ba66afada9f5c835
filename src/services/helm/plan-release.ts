import { problems } from '../../errors.ts'
import { pathOf } from '../../kubernetes/paths.ts'
import { compose, type Effect, NO_BLAST, type Planning } from '../changes/compose.ts'
import type { BlastRadius, ObjectDiff, Plan, Risk, Target, Undo, Warning } from '../changes/plan.ts'
import { changeBlast, together } from '../changes/workloads.ts'
import { rehearse } from '../changes/writes.ts'
import { type Fields, isFields, listAt, textAt } from '../describe/read.ts'
import { inTurn } from '../in-turn.ts'
import type { ReleaseSteps } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import { compareValues } from './compare.ts'
import { ReleaseMask } from './known-secrets.ts'
import type { RenderedObject } from './rendered.ts'

/** What a change of a release comes to, before its warnings and its risk are worked out. */
export interface ReleaseDraft {
  summary: string
  steps: ReleaseSteps
  effects: readonly Effect[]
  /** What goes with what is deleted. */
  lost?: BlastRadius
  warnings: readonly Warning[]
  base: { risk: Risk; reason: string }
  notes: readonly string[]
  undo: Undo | undefined
  /** The values before and after; absent where none change hands. */
  values?: { before: Fields; after: Fields }
  /** Everything that was or will be rendered: secrets in it are masked wherever else they stand. */
  rendered: readonly RenderedObject[]
}

const AT_ONCE = 4
const MOST_NAMED = 20
/** Each object of a release is managed by Helm, and it is Helm that changes it. */
const QUIET: ReadonlySet<string> = new Set(['managed_by_helm'])
const SOMEBODY_ELSE =
  'Helm cannot make sure that nobody changes the release between the last look and its run: somebody else may win.'

/** The plan of a draft. Throws `forbidden` where the revision could not be stored. */
export async function composeRelease(
  tools: HelmTools,
  draft: ReleaseDraft,
  planning: Planning,
): Promise<Plan<ReleaseSteps>> {
  const { cluster } = tools
  const { steps, effects, lost = NO_BLAST, rendered } = draft
  const changes = await inTurn(effects, AT_ONCE, async ({ before, after, rows, action }) =>
    action !== 'change' || before === undefined || after === undefined
      ? { blast: NO_BLAST, notes: [] }
      : changeBlast(cluster, { before, after, rows }),
  )
  const plan = compose(
    cluster,
    {
      ...draft,
      blast: together([lost, ...changes.map(({ blast }) => blast)]),
      notes: [...draft.notes, ...imagesNote(effects), ...changes.flatMap(({ notes }) => notes), SOMEBODY_ELSE],
      quiet: QUIET,
    },
    planning,
  )
  const mask = new ReleaseMask(rendered)
  const diff = [...valuesDiff(draft, mask), ...plan.diff]
  const { warnings, notes, riskReasons } = plan
  return {
    ...plan,
    ...mask.of({ diff, warnings, notes, riskReasons }),
    targets: [...storedTarget(tools, steps), ...plan.targets],
  }
}

function valuesDiff({ values, steps: { namespace, name } }: ReleaseDraft, mask: ReleaseMask): ObjectDiff[] {
  if (values === undefined) return []
  const changes = compareValues(values.before, values.after, 'told', (value) => mask.of(value))
  if (changes.length === 0) return []
  return [{ target: `values of release ${namespace}/${name}`, action: 'change', changes, dryRun: true }]
}

/** Where Helm will store the revision: there already, somebody else has been faster. */
function storedTarget({ cluster, storage }: HelmTools, { namespace, name, revision, from }: ReleaseSteps): Target[] {
  const { kind } = storage.type
  const stored = `sh.helm.release.v1.${name}.v${revision ?? from?.revision ?? 1}`
  const uid = revision === undefined && from !== undefined ? { uid: from.uid } : {}
  return [{ context: cluster.context, apiVersion: 'v1', kind, namespace, name: stored, labels: {}, ...uid }]
}

/** Tries to store the revision as Helm will. Throws the API server's refusal, `release_moved` where it is there. */
export async function tryToStore(
  { cluster, storage }: HelmTools,
  { namespace, name, revision = 1 }: ReleaseSteps,
): Promise<void> {
  const { type } = storage
  const metadata = { name: `sh.helm.release.v1.${name}.v${revision}`, labels: { owner: 'helm', name } }
  const body = {
    apiVersion: 'v1',
    kind: type.kind,
    metadata,
    ...(type.kind === 'Secret' ? { type: 'helm.sh/release.v1' } : {}),
  }
  await rehearse(cluster, { method: 'POST', path: pathOf(type, namespace), body: JSON.stringify(body) })
}

/** The images that come with what is new or changed. */
function imagesNote(effects: readonly Effect[]): string[] {
  const images = [...new Set(effects.flatMap(({ after, action }) => (action === 'delete' ? [] : [...imagesIn(after)])))]
  if (images.length === 0) return []
  const more = images.length > MOST_NAMED ? ` and ${images.length - MOST_NAMED} more` : ''
  return [`Images: ${images.slice(0, MOST_NAMED).join(', ')}${more}.`]
}

function* imagesIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* imagesIn(each)
  if (!isFields(value)) return
  for (const field of ['initContainers', 'containers'])
    for (const container of listAt(value, field)) {
      const image = textAt(container, 'image')
      if (image !== undefined) yield image
    }
  for (const each of Object.values(value)) yield* imagesIn(each)
}

/** How a summary counts effects: "3 to create, 1 to change". */
export function counted(effects: readonly Effect[]): string {
  const of = (action: Effect['action']) => effects.filter((effect) => effect.action === action).length
  const counts = [
    [of('create'), 'to create'],
    [of('change'), 'to change'],
    [of('delete'), 'to delete'],
    [of('run'), of('run') === 1 ? 'hook to run' : 'hooks to run'],
  ] as const
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return told.length === 0 ? 'no object changes' : told.join(', ')
}

/** Throws `release_moved` where the release is not at the revision that was approved any more. */
export function assertSameGround(approved: unknown, steps: ReleaseSteps): void {
  if (!isFields(approved)) return
  const was = approved['from']
  const before = isFields(was) ? was['revision'] : undefined
  const now = steps.from?.revision
  if (before === now) return
  throw problems.releaseMoved(
    `Release ${steps.namespace}/${steps.name} is at revision ${now ?? 'none'} now; it was at ${typeof before === 'number' ? before : 'none'} when this was asked for.`,
  )
}
