import { setTimeout as pause } from 'node:timers/promises'
import { json } from 'node:stream/consumers'
import { Problem, problems } from '../../errors.ts'
import type { ApiRequest } from '../../kubernetes/api.ts'
import { groupVersion } from '../../kubernetes/discovery.ts'
import { pathOf } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { listAt, textAt } from '../describe/read.ts'
import { refusalOf } from '../manifests/refused.ts'
import { readWarnings } from '../manifests/warnings.ts'
import { Refused, Stale, Unproven } from './outcomes.ts'
import type { KeyedHash } from './hash.ts'
import type { Evidence, Execution, Plan, Target } from './plan.ts'
import { findObject, type ObjectRef, targetKey, targetOf } from './targets.ts'

/** Field manager of everything we apply; managers that begin with it are ourselves. */
export const OURSELVES = 'k8s-mcp'
/** Annotation of an object that a change created: which execution it was. */
export const EXECUTION = 'k8s-mcp/execution'

/** Field manager of one execution's patches: what is left in managedFields is the evidence. */
export const managerOf = (executionId: string): string => `${OURSELVES}-${executionId}`
/** Whether a field manager is this server, in this execution or another one. */
export const isOurs = (manager: string): boolean => manager === OURSELVES || manager.startsWith(`${OURSELVES}-`)

/** A write that the API server refused as outdated or too early: it may be sent again, after another look. */
export class Again extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

/** What the API server made of a write. */
export interface Written {
  object: unknown
  warnings: string[]
}

/**
 * Sends one write, with the execution's id as `Audit-ID`. `dryRun`: as a rehearsal, outside of any execution. Throws {@link Again} (409,
 * 429), `Stale` (404, another uid), `Refused` (any other 4xx), `Unproven` (all else: 5xx, time-outs, broken connections).
 */
export async function write(cluster: Cluster, request: ApiRequest, execution: Execution): Promise<Written> {
  await execution.beforeSend()
  try {
    return await sent(cluster, { ...request, headers: { ...request.headers, 'audit-id': execution.id } })
  } catch (error) {
    throw meaning(error)
  }
}

/** The same write with `dryRun=All`. Throws the API server's refusal. */
export const rehearse = (cluster: Cluster, request: ApiRequest): Promise<Written> =>
  sent(cluster, { ...request, ...harmless(request), query: { ...request.query, dryRun: 'All' } })

// The API server reads the options of a deletion from the body where there is one, and then not from the query: it would really delete.
function harmless({ method, body }: ApiRequest): Pick<ApiRequest, 'body'> {
  if (method !== 'DELETE') return {}
  const options: unknown = JSON.parse(body ?? '{}')
  return { body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', ...Object(options), dryRun: ['All'] }) }
}

async function sent({ api }: Cluster, request: ApiRequest): Promise<Written> {
  const answer = await api.send(request)
  const object: unknown = await json(answer.body)
  return { object, warnings: readWarnings(answer.headers['warning']) }
}

// A patch whose result does not fit the type is quoted whole, with all of the object as it is.
const UNFIT = /^.*patch: Invalid value: ".*": (.*)$/s

/** A refusal without what it quotes of the object. `isSecret`: some of that nobody may read. */
export function discreet(problem: Problem, isSecret: boolean): Problem {
  const { status, code, next, facts } = problem
  const told = isSecret ? {} : facts
  const unfit = UNFIT.exec(problem.message)?.[1]
  const message =
    unfit ?? (isSecret ? refusalOf(problem, { isSecret, clean: (text) => text }).message : problem.message)
  return problems.kubernetes(status, code, message, next, told)
}

/** What an error of a write proves (approvals.md, "execute"). */
function meaning(error: unknown): Error {
  if (!(error instanceof Problem)) return unproven(error)
  if (error.code.startsWith('credential_plugin')) return new Refused(error)
  if (isFieldConflict(error)) return new Refused(error)
  if (isOtherObject(error)) return new Stale(error.message)
  if (error.status === 409 || error.status === 429) return new Again(error)
  const proves = error.status >= 400 && error.status < 500 && ![408, 499].includes(error.status)
  return proves ? new Refused(discreet(error, true)) : unproven(error)
}

const unproven = (error: unknown) =>
  new Unproven(`It was sent, and what came back proves nothing: ${messageOf(error)}`, { cause: error })

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** A server-side apply that would take fields of others. */
export const isFieldConflict = ({ facts }: Problem): boolean =>
  (facts.causes ?? []).some(({ reason }) => reason === 'FieldManagerConflict')

// "uid mismatch", "UID in precondition: …, UID in object meta: …", "metadata.uid: field is immutable": the object of that name is another one.
const isOtherObject = ({ status, message }: Problem) =>
  status === 404 ||
  ((status === 409 || status === 422) && /uid mismatch|UID in precondition|metadata\.uid/i.test(message))

/** A read of an execution that has sent nothing, or nothing that was not refused: where it fails, nothing has changed. */
export async function readBefore<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof Problem ? new Refused(error) : error
  }
}

/** What a retried write rests on. */
export interface Footing {
  cluster: Cluster
  execution: Execution
  /** The last plan: its targets and their versions. */
  fresh: Pick<Plan<unknown>, 'targets' | 'versions'>
  /** True after a first write of the same execution: the whole plan would then differ by our own doing, so the targets alone are looked at. */
  hasWritten?: boolean
}

/**
 * How often a refused write is looked at and sent once more. An outdated version, of an object that means what it meant, is a write of
 * status that came in between: a busy controller does that many times a second, for as long as a rollout takes.
 */
const MOST_AGAIN = { outdated: 11, tooEarly: 5 }
const LONGEST_PAUSE_SECONDS = { outdated: 0.32, tooEarly: 30 }
const FIRST_PAUSE_SECONDS = 0.02

/** Sends with the versions that were last read; what is refused as outdated or too early is looked at again and sent again. */
export async function guarded<T>(
  footing: Footing,
  send: (versions: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  let versions = footing.fresh.versions ?? {}
  for (let tries = 1; ; tries++) {
    try {
      return await send(versions)
    } catch (error) {
      if (!(error instanceof Again)) throw error
      if (tries > MOST_AGAIN[whyAgain(error)]) throw refusedOften(tries, error)
      await patience(error, tries, footing)
      // Whatever was sent was refused: where it cannot be looked at, nothing has changed.
      versions = await readBefore(() => lookAgain(footing))
    }
  }
}

const whyAgain = ({ problem }: Again) => (problem.status === 429 ? 'tooEarly' : 'outdated')

const refusedOften = (tries: number, { message }: Again) =>
  new Stale(`The API server refused it ${tries} times: ${message}`)

async function patience(again: Again, tries: number, { cluster }: Footing): Promise<void> {
  const why = whyAgain(again)
  // By chance between half and the whole of it: what writes to the same object does so at regular intervals, and is not to be met each time.
  const doubled = FIRST_PAUSE_SECONDS * 2 ** (tries - 1) * (0.5 + Math.random() / 2)
  const asked = why === 'tooEarly' ? (again.problem.facts.retryAfter ?? 1) : doubled
  try {
    await pause(Math.min(asked, LONGEST_PAUSE_SECONDS[why]) * 1000, undefined, { signal: cluster.call.signal })
  } catch {
    throw new Refused(problems.cancelled())
  }
}

async function lookAgain({ cluster, execution, fresh, hasWritten = false }: Footing): Promise<Record<string, string>> {
  if (execution.recheck !== undefined && !hasWritten) await execution.recheck()
  // Read last, so that as little as can be is written between this look and the next try.
  const known = fresh.targets.filter((target) => target.uid !== undefined)
  const versions = await Promise.all(known.map((target) => unchanged(cluster, target, execution.keyed)))
  return Object.fromEntries(versions)
}

async function unchanged(cluster: Cluster, target: Target, keyed?: KeyedHash): Promise<[string, string]> {
  const type = await cluster.discovery.exact(cluster.api, target.apiVersion, target.kind)
  const now = type && (await findObject(cluster, type, target.namespace, target.name))
  const name = `${target.kind} ${target.name}`
  if (now === undefined) throw new Stale(`${name} is not there any more.`)
  const { uid, hash } = targetOf(cluster, now, keyed)
  if (uid !== target.uid) throw new Stale(`${name} is another object than the one that was planned for.`)
  if (hash !== target.hash) throw new Stale(`${name} was changed since it was planned.`)
  return [targetKey(target), now.metadata.resourceVersion ?? '']
}

/** `metadata` of a patch, so that it can only meet the object that was looked at. */
export function precondition(
  ref: ObjectRef,
  versions: Readonly<Record<string, string>>,
): { uid: string; resourceVersion: string } {
  const { resource, uid, ...where } = ref
  const key = targetKey({ apiVersion: groupVersionOf(resource), kind: resource.kind, ...where })
  const resourceVersion = versions[key]
  if (resourceVersion === undefined) throw new TypeError(`no version was read of ${key}`)
  return { uid, resourceVersion }
}

/** apiVersion of a resource type's objects. */
export const groupVersionOf = ({ group, version }: Pick<ObjectRef['resource'], 'group' | 'version'>): string =>
  groupVersion({
    group,
    version,
    name: '',
    singular: '',
    kind: '',
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: [],
  })

/** Path of the object of a step. */
export const refPath = ({ resource, namespace, name }: Omit<ObjectRef, 'uid'>): string[] =>
  pathOf(resource, namespace, name)

/** Whether managedFields say that this execution wrote to the object. */
export const wroteTo = (object: KubeObject, executionId: string): boolean =>
  listAt(object, 'metadata.managedFields').some((entry) => textAt(entry, 'manager') === managerOf(executionId))

/** What the cluster shows of an execution that patches one object. `done`: how to see it where managedFields do not say. */
export async function patchEvidence(
  cluster: Cluster,
  ref: ObjectRef,
  executionId: string,
  done: (object: KubeObject) => boolean | Promise<boolean> = () => false,
): Promise<Evidence> {
  const now = await findObject(cluster, ref.resource, ref.namespace, ref.name)
  const name = `${ref.resource.kind} ${ref.name}`
  // Nothing can arrive any more; whether it had arrived before, nothing says.
  if (now === undefined)
    return { outcome: 'unknown', text: `${name} is gone, with what could show whether the change had arrived.` }
  if (now.metadata.uid !== ref.uid)
    return {
      outcome: 'unknown',
      text: `${name} is another object now, and does not show whether the change had arrived.`,
    }
  if (wroteTo(now, executionId)) return { outcome: 'succeeded', text: `managedFields of ${name} name this execution.` }
  if (await done(now)) return { outcome: 'succeeded', text: `${name} is as the change would make it.` }
  return { outcome: 'unknown', text: `${name} does not show whether the change arrived.` }
}

export const isObject = (value: unknown): value is KubeObject =>
  value !== null && typeof value === 'object' && 'metadata' in value && 'kind' in value

/** An answer that has to be an object. */
export function objectOf({ object }: Written): KubeObject {
  if (!isObject(object)) throw new TypeError('The API server answered a write with something that is not an object.')
  return object
}
