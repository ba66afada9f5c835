import Type, { type Static } from 'typebox'
import { setTimeout as pause } from 'node:timers/promises'
import { Problem, problems } from '../../errors.ts'
import { pathOf, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed, OneOf } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { conditionOf } from '../describe/read.ts'
import { dryRunApply, yamlSafe } from '../manifests/server-side-apply.ts'
import { type ApplyStep, type ApplySteps } from './apply-plan.ts'
import { create, creationEvidence, marked } from './create-pod.ts'
import { sameMeaning } from './hash.ts'
import { isCancellation, Refused, Stale, Unproven } from './outcomes.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { findObject, targetKey } from './targets.ts'
import { discreet, guarded, isObject, OURSELVES, precondition, write } from './writes.ts'

export const ApplyResult = Closed({
  objects: Type.Array(
    Closed({
      index: Type.Integer({ description: 'Position in the manifest.' }),
      kind: Type.String({ description: 'Kind.' }),
      namespace: Type.Optional(Type.String({ description: 'Namespace.' })),
      name: Type.String({ description: 'Name.' }),
      outcome: OneOf(['created', 'changed', 'refused', 'stale', 'unknown', 'not-sent'], 'What became of it.'),
      message: Type.Optional(Type.String({ description: 'Why it was not done.' })),
    }),
    { description: 'Every object that was to be written, in the order of writing.' },
  ),
})
export type ApplyResult = Static<typeof ApplyResult>
type Row = ApplyResult['objects'][number]

interface Run {
  hasWritten?: boolean
  cluster: Cluster
  execution: Execution
  fresh: Plan<ApplySteps>
}

/**
 * Writes the objects one after the other. The first that is refused ends it where nothing was written before; afterwards the others go
 * on without it, except those that need a namespace or a kind that is missing: they are refused too, each with its reason.
 */
export async function executeApply(
  cluster: Cluster,
  { objects }: ApplySteps,
  execution: Execution,
  fresh: Plan<ApplySteps>,
): Promise<Done<ApplyResult>> {
  const rows: Row[] = []
  const run = { cluster, execution, fresh }
  for (const [at, step] of objects.entries()) {
    if (await wasCancelled(execution, rows, objects.length))
      return doneOf('cancelled', [...rows, ...objects.slice(at).map(unsent)])
    const row = await tried(step, run, rows)
    if (row === undefined) return doneOf('cancelled', [...rows, ...objects.slice(at).map(unsent)])
    rows.push(row)
    if (row.outcome !== 'unknown') continue
    const output = { objects: [...rows, ...objects.slice(at + 1).map(unsent)] }
    throw new Unproven(`${row.kind} ${row.name}: ${row.message ?? ''}`, { output })
  }
  return doneOf(rows.every(isDone) ? 'succeeded' : 'partially_applied', rows)
}

const isDone = ({ outcome }: Row) => outcome === 'created' || outcome === 'changed'

function doneOf(outcome: Done<unknown>['outcome'], objects: Row[]): Done<ApplyResult> {
  return { outcome, output: { objects }, done: objects.filter(isDone).length, total: objects.length }
}

async function wasCancelled(execution: Execution, rows: readonly Row[], total: number): Promise<boolean> {
  if (rows.length === 0) return false
  try {
    await execution.step(rows.length, total, `${rows.at(-1)?.kind} ${rows.at(-1)?.name}: ${rows.at(-1)?.outcome}`)
    return false
  } catch (error) {
    if (isCancellation(error)) return true
    throw error
  }
}

const rowOf = ({ index, object, namespace, name }: ApplyStep) => ({
  index,
  kind: String(object['kind']),
  ...(namespace === undefined ? {} : { namespace }),
  name,
})
const unsent = (step: ApplyStep): Row => ({ ...rowOf(step), outcome: 'not-sent' })

/**
 * One object; undefined where the execution was cancelled just before it was sent. As long as nothing was written, a refusal or
 * cancellation ends the whole execution: then it is proved that nothing changed.
 */
async function tried(step: ApplyStep, run: Run, before: readonly Row[]): Promise<Row | undefined> {
  try {
    await put(step, { ...run, hasWritten: before.some(isDone) })
    return { ...rowOf(step), outcome: step.action === 'create' ? 'created' : 'changed' }
  } catch (error) {
    const outcome =
      error instanceof Refused
        ? 'refused'
        : error instanceof Stale
          ? 'stale'
          : error instanceof Unproven
            ? 'unknown'
            : undefined
    if (isCancellation(error) && before.some(isDone)) return undefined
    if (outcome === undefined || !(error instanceof Error)) throw error
    if (outcome !== 'unknown' && !before.some(isDone)) throw error
    return { ...rowOf(step), outcome, message: error.message }
  }
}

async function put(step: ApplyStep, run: Run): Promise<void> {
  const { cluster } = run
  const object = objectIn(step)
  const type = step.resource ?? (await made(cluster, object))
  const send = step.action === 'create' ? createOf(step, object, type, run) : applyOf(step, object, type, run)
  await guarded({ ...run, fresh: onlyTarget(run.fresh, object) }, send)
  if (object.kind === 'CustomResourceDefinition') await established(cluster, type, object.metadata.name)
}

// The drift of an object that was written already is our own doing.
const onlyTarget = (fresh: Plan<ApplySteps>, { apiVersion, kind, metadata }: KubeObject): Plan<ApplySteps> => ({
  ...fresh,
  targets: fresh.targets.filter((target) => targetKey(target) === targetKey({ apiVersion, kind, ...metadata })),
})

function objectIn({ object }: ApplyStep): KubeObject {
  if (!isObject(object)) throw new TypeError('the stored steps hold something that is not an object')
  return object
}

/** The type of a kind that the same manifest has just defined. */
async function made({ discovery, api }: Cluster, { apiVersion, kind }: KubeObject): Promise<ResourceType> {
  for (let left = ESTABLISH_TRIES; left > 0; left--) {
    const found = await discovery.exact(api, apiVersion, kind)
    if (found !== undefined) return found
    await pause(ESTABLISH_PAUSE)
  }
  throw new Refused(problems.unknownKind(`${kind} (${apiVersion})`, api.context, []))
}

const createOf =
  (step: ApplyStep, object: KubeObject, type: ResourceType, { cluster, execution }: Run) =>
  () =>
    create(
      () =>
        write(
          cluster,
          {
            method: 'POST',
            path: pathOf(type, step.namespace),
            query: { fieldManager: OURSELVES, fieldValidation: 'Strict' },
            body: JSON.stringify(marked(object, execution.id)),
          },
          execution,
        ),
      `${object.kind} ${step.name}`,
    )

const applyOf =
  (step: ApplyStep, object: KubeObject, type: ResourceType, { cluster, execution }: Run) =>
  (versions: Readonly<Record<string, string>>) => {
    const { namespace, name, uid = '' } = step
    const ref = { resource: type, ...(namespace === undefined ? {} : { namespace }), name, uid }
    return write(
      cluster,
      {
        method: 'PATCH',
        path: pathOf(type, namespace, name),
        query: { fieldManager: OURSELVES, fieldValidation: 'Strict', force: step.force },
        contentType: 'application/apply-patch+yaml',
        body: yamlSafe({ ...object, metadata: { ...object.metadata, ...precondition(ref, versions) } }),
      },
      execution,
    )
  }

const ESTABLISH_PAUSE = 200
const ESTABLISH_TRIES = 100

/** Waits until the API server serves what a definition defines (condition Established). */
async function established(cluster: Cluster, type: ResourceType, name: string): Promise<void> {
  for (let left = ESTABLISH_TRIES; left > 0; left--) {
    const now = await findObject(cluster, type, undefined, name)
    if (now !== undefined && conditionOf(now, 'Established')?.status === 'True') return
    await pause(ESTABLISH_PAUSE)
  }
}

/** Per object: our mark on what was made; nothing left to change in what was there. */
export async function evidenceApply(cluster: Cluster, { objects }: ApplySteps, executionId: string): Promise<Evidence> {
  const found: Evidence[] = []
  for (const step of objects) found.push(await evidenceOf(cluster, step, executionId))
  const done = found.filter(({ outcome }) => outcome === 'succeeded').length
  const text = found.map((each) => each.text).join(' ')
  return { outcome: done === objects.length ? 'succeeded' : 'unknown', text }
}

async function evidenceOf(cluster: Cluster, step: ApplyStep, executionId: string): Promise<Evidence> {
  const object = objectIn(step)
  const type = step.resource ?? (await cluster.discovery.exact(cluster.api, object.apiVersion, object.kind))
  const name = `${object.kind} ${step.name}`
  const now = type && (await findObject(cluster, type, step.namespace, step.name))
  if (step.action === 'create') return creationEvidence(now, name, executionId)
  if (type === undefined || now === undefined || now.metadata.uid !== step.uid)
    return {
      outcome: 'unknown',
      text: `${name} is not the object that was planned for, and does not show whether the change had arrived.`,
    }
  if (sameMeaning(now, await rehearsed(cluster, type, step)))
    return { outcome: 'succeeded', text: `${name} is as the manifest says.` }
  return { outcome: 'unknown', text: `${name} does not show whether the change arrived.` }
}

// Secret values are not disguised here, unlike in a plan: it is what was approved and sent, and nobody can ask with other values.
async function rehearsed(cluster: Cluster, type: ResourceType, step: ApplyStep): Promise<KubeObject> {
  const resource = { ...type, singular: '', shortNames: [], categories: [], verbs: [] }
  try {
    const { object } = await dryRunApply(
      cluster.api,
      { resource, namespace: step.namespace, object: objectIn(step) },
      true,
    )
    return object
  } catch (error) {
    throw error instanceof Problem ? discreet(error, true) : error
  }
}
