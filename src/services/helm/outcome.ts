import { BUILT_IN } from '../../kubernetes/paths.ts'
import { called, findObject } from '../changes/targets.ts'
import { agreedHash, byKey } from './agreement.ts'
import { adviceOn, goodBefore } from './advice.ts'
import type { ReleaseSteps } from './change-schema.ts'
import { descriptionOf, EXECUTION_LABEL, type HelmTools } from './changing.ts'
import { DEFINITIONS } from './definitions.ts'
import { manifestOf } from './manifest.ts'
import type { ReleaseHead } from './head.ts'
import type { Release } from './release.ts'

/**
 * What the cluster shows of a change once Helm has ended. `done`: all of it. `part`: it ended in the middle. `restored`: it failed, and Helm
 * put the revision before it back. `nothing`: it has not begun. `unknown`: something that is not of this execution, or not surely.
 */
export interface ReleaseOutcome {
  state: 'done' | 'part' | 'restored' | 'nothing' | 'unknown'
  text: string
  /** The newest revision there is. */
  newest?: ReleaseHead
}

/** Reads what became of an execution. Nothing of it may run any more. Throws what reading releases throws. */
export async function outcomeOf(tools: HelmTools, steps: ReleaseSteps, executionId: string): Promise<ReleaseOutcome> {
  const heads = await tools.storage.headsOf(steps.namespace, steps.name)
  const [newest] = heads
  const found = steps.action === 'uninstall' ? goneOf(heads, steps) : await madeOf(tools, heads, steps, executionId)
  return { ...found, ...(newest === undefined ? {} : { newest }) }
}

const calledIn = ({ namespace, name }: ReleaseSteps) => `Release ${namespace}/${name}`

/** Of an uninstall: everything that was stored is gone. */
function goneOf(heads: readonly ReleaseHead[], steps: ReleaseSteps): ReleaseOutcome {
  const [newest] = heads
  if (newest === undefined) return { state: 'done', text: `${calledIn(steps)} is gone.` }
  if (newest.stored.uid !== steps.from?.uid)
    return {
      state: 'unknown',
      text: `${calledIn(steps)} is there, at revision ${newest.revision}: another one than was planned for.`,
    }
  if (newest.status === 'uninstalling' || newest.status === 'uninstalled')
    return { state: 'part', text: `${calledIn(steps)} is ${newest.status}. ${adviceFor(newest, heads)}` }
  // Its hooks run before Helm writes that it uninstalls.
  return {
    state: 'unknown',
    text: `${calledIn(steps)} is there as before (${newest.status}); whether hooks have run does not show.`,
  }
}

async function madeOf(
  tools: HelmTools,
  heads: readonly ReleaseHead[],
  steps: ReleaseSteps,
  executionId: string,
): Promise<ReleaseOutcome> {
  const made = heads.find(({ revision }) => revision === steps.revision)
  if (made === undefined) return notMade(tools, heads, steps)
  if (!(await isOurs(tools, made, steps, executionId)))
    return { state: 'unknown', text: `Revision ${made.revision} of ${calledIn(steps)} is not of this execution.` }
  const what = `Revision ${made.revision} of ${calledIn(steps)}`
  if (made.status === 'deployed' || made.status === 'superseded')
    return { state: 'done', text: `${what} is ${made.status}.` }
  const back = made.status === 'failed' ? await rolledBack(tools, heads, made) : undefined
  if (back !== undefined)
    return { state: 'restored', text: `${what} failed, and Helm has put back the one before as revision ${back}.` }
  return { state: 'part', text: `${what} is ${made.status}. ${adviceFor(made, heads)}` }
}

async function notMade(tools: HelmTools, heads: readonly ReleaseHead[], steps: ReleaseSteps): Promise<ReleaseOutcome> {
  const { from } = steps
  const [newest] = heads
  if (newest === undefined && from === undefined) return notInstalled(tools, steps)
  if (newest !== undefined && newest.revision === from?.revision && newest.stored.uid === from.uid)
    return { state: 'nothing', text: `${calledIn(steps)} is at revision ${newest.revision}, as before.` }
  return {
    state: 'unknown',
    text: `${calledIn(steps)} is not at the revision that was planned for, and does not show whether this change arrived.`,
  }
}

/** Nothing of an install is stored. What Helm makes before it stores anything, and leaves when it takes all else back, may be there. */
async function notInstalled(tools: HelmTools, steps: ReleaseSteps): Promise<ReleaseOutcome> {
  const text = `There is no release ${steps.namespace}/${steps.name}${steps.rollbackOnFailure ? ', or not any more' : ''}.`
  const left = await leftBy(tools, steps)
  if (left.length === 0) return { state: 'nothing', text }
  return {
    state: 'part',
    text: `${text} What Helm makes before it is there: ${left.join(', ')}. installChart goes on from there; deleteResource takes it away.`,
  }
}

async function leftBy(
  { cluster }: HelmTools,
  { createNamespace, namespace, definitions = [] }: ReleaseSteps,
): Promise<string[]> {
  const found = await Promise.all([
    ...(createNamespace ? [findObject(cluster, BUILT_IN.namespaces, undefined, namespace)] : []),
    ...definitions.map((name) => findObject(cluster, DEFINITIONS, undefined, name)),
  ])
  return found.filter((each) => each !== undefined).map(called)
}

/** Whether a revision was made by an execution. A label counts only at the very revision that was planned: later ones inherit it. */
async function isOurs(tools: HelmTools, head: ReleaseHead, steps: ReleaseSteps, executionId: string): Promise<boolean> {
  if (steps.action !== 'rollback') return head.labels[EXECUTION_LABEL] === executionId
  const release = await tools.storage.readHead(head)
  return release.description === descriptionOf(executionId) || (await isManifest(tools, release, steps))
}

// A rollback takes no label, and Helm 3 no description: what was planned is there.
async function isManifest(
  { cluster }: HelmTools,
  release: Release,
  { manifest, namespace, to }: ReleaseSteps,
): Promise<boolean> {
  const keys = byKey(await manifestOf(release, cluster.call.signal), namespace)
  const says = release.rollbackRevision === to || release.description.startsWith(`Rollback to ${to}`)
  return agreedHash(keys, keys) === manifest && (says || release.description.startsWith('Rollback "'))
}

/** The revision by which Helm went back from a failed one; undefined where it did not. */
async function rolledBack(
  { storage }: HelmTools,
  heads: readonly ReleaseHead[],
  { revision }: ReleaseHead,
): Promise<number | undefined> {
  const next = heads.find((head) => head.revision === revision + 1 && head.status === 'deployed')
  if (next === undefined) return undefined
  const { description } = await storage.readHead(next)
  return description.startsWith('Rollback to ') ? next.revision : undefined
}

const adviceFor = (head: ReleaseHead, heads: readonly ReleaseHead[]): string =>
  adviceOn({ status: head.status, updated: undefined, written: head.written, good: goodBefore(head, heads) }) ?? ''
