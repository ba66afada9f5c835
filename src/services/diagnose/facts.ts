import type { KubeObject } from '../../kubernetes/types.ts'
import { selects } from '../changes/selectors.ts'
import { isAbout, type Occurrence, readEvent, regarding } from '../describe/events.ts'
import { kindKey, textAt } from '../describe/read.ts'
import type { Certificate, Scope, Snapshot, Tail, Usage } from './snapshot.ts'

const idOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`

/** A snapshot as rules ask for it: each index is made with its first use. */
export class Facts {
  readonly snapshot: Snapshot
  readonly now: Date
  readonly #byName = new Map<string, Map<string, KubeObject>>()
  readonly #byNamespace = new Map<string, Map<string, KubeObject[]>>()
  #byUid: Map<string, KubeObject> | undefined
  #owned: Map<string, KubeObject[]> | undefined
  #events: Map<string, Told[]> | undefined

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot
    this.now = new Date(snapshot.takenAt)
  }

  /** Whether all objects of this kind (of a namespace) were read: only then does one that is not there mean anything. */
  knows(kind: string, namespace?: string): boolean {
    const { objects, partial, scope } = this.snapshot
    return kind in objects && !partial.includes(kind) && reaches(scope, namespace)
  }

  /** All objects of a kind (`Pod`, `Deployment.apps`). */
  all(kind: string): readonly KubeObject[] {
    return this.snapshot.objects[kind] ?? []
  }

  /** Those of a namespace. */
  within(kind: string, namespace: string | undefined): readonly KubeObject[] {
    const known = this.#byNamespace.get(kind)
    const byNamespace = known ?? Map.groupBy(this.all(kind), ({ metadata }) => metadata.namespace ?? '')
    if (known === undefined) this.#byNamespace.set(kind, byNamespace)
    return byNamespace.get(namespace ?? '') ?? []
  }

  /** Pods of the object's namespace that a label selector (metav1.LabelSelector) selects. */
  podsSelected({ metadata }: KubeObject, selector: unknown): KubeObject[] {
    return this.within('Pod', metadata.namespace).filter((pod) => selects(selector, pod.metadata.labels ?? {}))
  }

  /** One object by its name. */
  find(kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    const known = this.#byName.get(kind)
    const byName =
      known ?? new Map(this.all(kind).map((each) => [idOf(each.metadata.namespace, each.metadata.name), each]))
    if (known === undefined) this.#byName.set(kind, byName)
    return byName.get(idOf(namespace, name))
  }

  /** The object's controller, where it is known. */
  ownerOf(object: KubeObject): KubeObject | undefined {
    const owner = object.metadata.ownerReferences?.find((each) => each.controller === true)
    this.#byUid ??= new Map(everything(this.snapshot).map((each) => [each.metadata.uid ?? '', each]))
    return owner && this.#byUid.get(owner.uid)
  }

  /** The topmost known owner: of a pod its Deployment, StatefulSet, CronJob; the object itself where nothing owns it. */
  workloadOf(object: KubeObject): KubeObject {
    const owner = this.ownerOf(object)
    // A kubelet names its node as the owner of static pods; their trouble is not the node's.
    return owner === undefined || owner.kind === 'Node' ? object : this.workloadOf(owner)
  }

  /** What names the object as its controller. */
  ownedBy(object: KubeObject): readonly KubeObject[] {
    this.#owned ??= Map.groupBy(everything(this.snapshot), (each) => controllerUid(each) ?? '')
    return this.#owned.get(object.metadata.uid ?? ' ') ?? []
  }

  /** Pods that the object owns, at any depth; a pod itself. */
  podsOf(object: KubeObject): KubeObject[] {
    return object.kind === 'Pod' ? [object] : this.ownedBy(object).flatMap((each) => this.podsOf(each))
  }

  /** Events about the object, newest last. */
  eventsOf(object: KubeObject): readonly KubeObject[] {
    this.#events ??= eventIndex(this.all('Event'))
    const { kind, metadata } = object
    const named = this.#events.get(`${kind} ${idOf(metadata.namespace, metadata.name)}`) ?? []
    return named.filter(({ occurrence }) => isAbout(occurrence, object)).map(({ event }) => event)
  }

  /** Last words of a container of a pod: of the run before, where it was read. */
  tailOf(pod: KubeObject, container: string): Tail | undefined {
    const { namespace, name } = pod.metadata
    return this.snapshot.tails.find(
      (each) => each.namespace === namespace && each.pod === name && each.container === container,
    )
  }

  usageOf(pod: KubeObject, container: string): Usage | undefined {
    const { namespace, name } = pod.metadata
    return this.snapshot.usage.find(
      (each) => each.namespace === namespace && each.pod === name && each.container === container,
    )
  }

  get certificates(): readonly Certificate[] {
    return this.snapshot.certificates
  }

  /** Seconds since a moment (RFC 3339), by the snapshot's clock. */
  secondsSince(moment: string): number {
    return (this.now.getTime() - Date.parse(moment)) / 1000
  }
}

const everything = ({ objects }: Snapshot): KubeObject[] =>
  Object.entries(objects).flatMap(([kind, each]) => (kind === 'Event' ? [] : each))

const controllerUid = ({ metadata }: KubeObject): string | undefined =>
  metadata.ownerReferences?.find((each) => each.controller === true)?.uid

interface Told {
  event: KubeObject
  occurrence: Occurrence
}

/** Events by the object they are about, newest last. */
function eventIndex(events: readonly KubeObject[]): Map<string, Told[]> {
  const told = events.map((event) => ({ event, occurrence: readEvent(event) }))
  return Map.groupBy(
    told.toSorted((one, other) => seconds(one) - seconds(other)),
    ({ event, occurrence: { kind, name } }) => `${kind} ${idOf(textAt(regarding(event), 'namespace'), name)}`,
  )
}

const seconds = ({ occurrence: { last } }: Told): number => (last === undefined ? 0 : Date.parse(last) || 0)

// Nothing outside the namespace of a snapshot was read but what is in none.
function reaches(scope: Scope, namespace: string | undefined): boolean {
  if (namespace === undefined || scope.of === 'cluster') return true
  return namespace === (scope.of === 'object' ? (scope.object.namespace ?? namespace) : scope.namespace)
}

/** Name of an object as findings say it. */
export const nameOf = (object: KubeObject) => ({
  kind: kindKey(object),
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
  name: object.metadata.name,
})
