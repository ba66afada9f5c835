import { Problem, problems } from '../../errors.ts'
import { groupVersion } from '../../kubernetes/discovery.ts'
import { getObject } from '../../kubernetes/lists.ts'
import type { KubeObject, Resource } from '../../kubernetes/types.ts'
import { nearestNames } from '../../nearest.ts'
import type { Cluster } from '../cluster.ts'
import { supportsDryRun } from './dry-run-support.ts'
import { type Identity, identify, refused, refusedWhenTried, told, untried } from './entries.ts'
import { kindKey } from './made-here.ts'
import type { ParsedDocument } from './parse.ts'
import { isFatal } from './refused.ts'
import type { DocumentDiff } from './schema.ts'
import { disguise } from './secrets.ts'
import { dryRunApply, type Manner } from './server-side-apply.ts'

/** What is the same for every object of one manifest. */
export interface Setting {
  /** Namespace of objects that name none. */
  namespace: string
  /** Kinds that the manifest itself defines, as `kindKey` names them. */
  kinds: ReadonlySet<string>
  /** How many objects there are: they share the room of the answer. */
  count: number
  /**
   * Whether to ask who else owns the values that a Secret gives. Each such value counts, be it equal or not, for what is asked with is
   * never the value itself.
   */
  owners?: boolean
  /** As whom it is tried. Default: as this server, never by force. */
  manner?: Manner
}

/** Rows of all objects together, and of one object at least. */
const MOST_ROWS = 600
const FEWEST_ROWS = 12

/** Tries the objects of a manifest, one at a time, without writing anything. */
export class Rehearsal {
  readonly #cluster: Cluster
  readonly #setting: Setting
  readonly #results = new WeakMap<DocumentDiff, () => KubeObject>()
  readonly #lives = new WeakMap<DocumentDiff, KubeObject>()

  constructor(cluster: Cluster, setting: Setting) {
    this.#cluster = cluster
    this.#setting = setting
  }

  /** What applying one object would do. `missing`: namespaces that only the manifest will make. Throws what ends the whole diff. */
  async of(document: ParsedDocument, missing: ReadonlySet<string>): Promise<DocumentDiff> {
    const { discovery, api } = this.#cluster
    const resource = await discovery.exact(api, document.object.apiVersion, document.object.kind)
    const identity = identify(document, resource, this.#setting.namespace)
    if (resource === undefined) return this.#unknown(document, identity)
    const wrong = unfit(document, resource)
    if (wrong !== undefined) return refused(identity, wrong)
    if (identity.namespace !== undefined && missing.has(identity.namespace))
      return untried(identity, noNamespace(identity.namespace))
    if (!(await supportsDryRun(this.#cluster, resource))) return untried(identity, noDryRun(identity.apiVersion))
    return this.#try(document, resource, identity)
  }

  async #unknown({ object }: ParsedDocument, identity: Identity): Promise<DocumentDiff> {
    if (this.#setting.kinds.has(kindKey(object))) return untried(identity, NO_KIND)
    const { discovery, api, context } = this.#cluster
    if (discovery.stale.includes(object.apiVersion))
      return refused(identity, problems.kubernetes(503, 'cluster_error', away(object)))
    const near = nearKinds(await discovery.resources(api), object)
    return refused(identity, problems.unknownKind(printedKind(object), context, near))
  }

  async #try(document: ParsedDocument, resource: Resource, identity: Identity): Promise<DocumentDiff> {
    const { object } = document
    const { namespace, name } = identity
    const live = await attempt(() => this.#live(resource, namespace, name))
    // Where not even this is answered, asking for all the others would only take as long.
    if (live instanceof Problem && live.code === 'cluster_timeout') throw live
    if (live instanceof Problem) return refused(identity, live)
    const tried = { document, identity, live, disguised: disguise(object, live) }
    const target = { resource, namespace, object: tried.disguised.object }
    const { owners, manner } = this.#setting
    const forced = manner?.force ?? (object.kind === 'Secret' && owners !== true)
    const applied = await attempt(() => dryRunApply(this.#cluster.api, target, forced, manner?.manager))
    if (applied instanceof Problem) return refusedWhenTried(tried, applied)
    const notes = this.#setting.kinds.has(kindKey(object)) ? [OLD_KIND] : []
    const diff = told(tried, applied, notes, Math.max(FEWEST_ROWS, Math.floor(MOST_ROWS / this.#setting.count)))
    this.#results.set(diff, () => tried.disguised.reveal(applied.object))
    if (live !== undefined) this.#lives.set(diff, live)
    return diff
  }

  /** The object that a diff of {@link of} is about as it would be then, secrets masked; undefined where it was not tried. */
  resultOf(diff: DocumentDiff): KubeObject | undefined {
    return this.#results.get(diff)?.()
  }

  /** The object that a diff of {@link of} is about as it was when it was tried; undefined where it was not there, or not tried. */
  liveOf(diff: DocumentDiff): KubeObject | undefined {
    return this.#lives.get(diff)
  }

  async #live(resource: Resource, namespace: string | undefined, name: string): Promise<KubeObject | undefined> {
    try {
      return await getObject(this.#cluster.api, resource, namespace, name)
    } catch (error) {
      if (error instanceof Problem && error.code === 'not_found') return undefined
      throw error
    }
  }
}

/** The value, or what was said instead about one object. Throws what ends the whole diff. */
async function attempt<T>(work: () => Promise<T>): Promise<T | Problem> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || isFatal(error)) throw error
    return error
  }
}

const NO_KIND =
  'Its kind is defined by a CustomResourceDefinition of the same manifest, so the cluster cannot try it yet.'
const OLD_KIND = 'Its kind was tried as the cluster defines it now, not as the manifest does.'
const noNamespace = (namespace: string) =>
  `Its namespace ${namespace} is made by the same manifest, so there is nothing to try it in yet.`
const noDryRun = (apiVersion: string) =>
  `The API server behind ${apiVersion} does not say that it knows dry runs, so nothing was sent to it.`
const away = ({ apiVersion }: KubeObject) => `The API server behind ${apiVersion} is away.`

/** Why an object cannot be applied whatever the cluster would say. */
function unfit({ object: { kind, metadata } }: ParsedDocument, resource: Resource): Problem | undefined {
  const { namespace } = metadata
  if (!resource.namespaced && namespace !== undefined)
    return problems.badManifest(
      `${kind} objects have no namespace, and this one names ${namespace}.`,
      'Leave metadata.namespace out.',
    )
  const missing = ['get', 'patch'].find((verb) => !resource.verbs.includes(verb))
  return missing === undefined ? undefined : problems.verbNotSupported(kind, missing)
}

const printedKind = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>) => `${kind} (${apiVersion})`

/** The same kind in other groups and versions, else kinds that are written almost so. */
function nearKinds(all: readonly Resource[], { kind }: KubeObject): string[] {
  const known = all.map((each) => ({ kind: each.kind, apiVersion: groupVersion(each) }))
  const namesakes = known.filter((each) => each.kind.toLowerCase() === kind.toLowerCase())
  const names = nearestNames(
    kind,
    known.map((each) => each.kind),
  )
  const near = namesakes.length > 0 ? namesakes : known.filter((each) => names.includes(each.kind))
  return near.slice(0, 3).map(printedKind)
}
