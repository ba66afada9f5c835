import { Problem } from '../../errors.ts'
import { BUILT_IN, pathOf } from '../../kubernetes/paths.ts'
import type { KubeList, KubeObject, OwnerReference, Resource } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { at, listAt, textAt } from '../describe/read.ts'
import { inTurn } from '../in-turn.ts'

/** What a deletion takes with it. */
export interface Cascade {
  /** Objects, by kind. */
  counts: Record<string, number>
  /** The pods among them. */
  pods: KubeObject[]
  notes: string[]
}

const METADATA = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const PAGE = 1_000
const MOST_PAGES = 10
const AT_ONCE = 6

// They come and go by themselves: a count of them would make every plan outdated.
const FLEETING: ReadonlySet<string> = new Set(['Event', 'Lease', 'EndpointSlice', 'Endpoints'])

/** Counts what goes with an object: what is in a namespace, the objects of a definition, what the garbage collector finds owned by it. */
export async function cascadeOf(cluster: Cluster, object: KubeObject): Promise<Cascade> {
  const types = (await cluster.discovery.resources(cluster.api)).filter(isCountable)
  if (isNamespace(object)) return everythingIn(cluster, types, object.metadata.name)
  if (object.kind === 'CustomResourceDefinition') return objectsOf(cluster, object)
  const found = await gather(cluster, types, object.metadata.namespace)
  return tally(dependents(found.objects, object), found.notes)
}

const isNamespace = ({ apiVersion, kind }: KubeObject) => apiVersion === 'v1' && kind === 'Namespace'

const isCountable = ({ verbs, kind, group, name }: Resource) =>
  verbs.includes('list') &&
  verbs.includes('delete') &&
  !FLEETING.has(kind) &&
  group !== 'metrics.k8s.io' &&
  !name.includes('/')

async function everythingIn(cluster: Cluster, types: readonly Resource[], namespace: string): Promise<Cascade> {
  const { objects, notes } = await gather(
    cluster,
    types.filter((type) => type.namespaced),
    namespace,
  )
  return tally(objects, notes)
}

async function objectsOf(cluster: Cluster, definition: KubeObject): Promise<Cascade> {
  const [group = '', kind = ''] = [textAt(definition, 'spec.group'), textAt(definition, 'spec.names.kind')]
  const served = listAt(definition, 'spec.versions').find((each) => at(each, 'served') === true)
  // Asked for by its name: a kind that was defined a moment ago is looked for then.
  const type = await cluster.discovery.exact(cluster.api, `${group}/${textAt(served, 'name') ?? ''}`, kind)
  if (type === undefined)
    return { counts: {}, pods: [], notes: [`Objects of kind ${kind} could not be counted: it is not served.`] }
  const { objects, notes } = await gather(cluster, [type], undefined)
  return tally(objects, notes)
}

interface Gathered {
  objects: KubeObject[]
  notes: string[]
}

/** The metadata of every object of these types; one version of each type. `namespace` undefined: of the whole cluster. */
async function gather(cluster: Cluster, types: readonly Resource[], namespace: string | undefined): Promise<Gathered> {
  const firsts = types.filter(
    (type, index) => types.findIndex((other) => other.group === type.group && other.name === type.name) === index,
  )
  const wanted = namespace === undefined ? firsts : firsts.filter((type) => type.namespaced)
  const lists = await inTurn(wanted, AT_ONCE, (type) => metadataOf(cluster, type, namespace))
  return { objects: lists.flatMap(({ objects }) => objects), notes: lists.flatMap(({ notes }) => notes) }
}

/** `items` is null where there are none. */
interface MetadataList extends Pick<KubeList, 'metadata'> {
  items: Pick<KubeObject, 'metadata'>[] | null
}

async function metadataOf(cluster: Cluster, type: Resource, namespace: string | undefined): Promise<Gathered> {
  const objects: KubeObject[] = []
  let token: string | undefined
  try {
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const query = { limit: PAGE, continue: token }
      const list = await cluster.api.json<MetadataList>({ path: pathOf(type, namespace), query, accept: METADATA })
      for (const { metadata } of list.items ?? []) objects.push({ apiVersion: type.version, kind: type.kind, metadata })
      token = list.metadata.continue
      if (token === undefined || token === '') return { objects, notes: [] }
    }
    return { objects, notes: [`More than ${objects.length} objects of kind ${type.kind}: the rest is not counted.`] }
  } catch (error) {
    if (!(error instanceof Problem) || !UNREADABLE.has(error.code)) throw error
    return { objects, notes: [`Objects of kind ${type.kind} could not be counted: ${error.message}`] }
  }
}

const UNREADABLE: ReadonlySet<string> = new Set([
  'forbidden',
  'not_found',
  'verb_not_supported',
  'cluster_error',
  'not_acceptable',
])

/** What the garbage collector deletes after an object: whose every owner is the object or goes with it. */
function dependents(all: readonly KubeObject[], object: KubeObject): KubeObject[] {
  const gone = new Set([object.metadata.uid])
  const isGone = ({ metadata }: KubeObject) =>
    (metadata.ownerReferences ?? []).length > 0 && (metadata.ownerReferences ?? []).every(({ uid }) => gone.has(uid))
  const owned = all.filter(({ metadata }) => metadata.ownerReferences !== undefined)
  for (let before = -1; before < gone.size; ) {
    before = gone.size
    for (const each of owned) if (isGone(each)) gone.add(each.metadata.uid)
  }
  return owned.filter(isGone)
}

function tally(objects: readonly KubeObject[], notes: string[]): Cascade {
  const groups = Map.groupBy(objects, ({ kind }) => kind)
  const counts = Object.fromEntries(
    [...groups].map(([kind, each]) => [kind, each.length]).toSorted(([a], [b]) => String(a).localeCompare(String(b))),
  )
  return {
    counts,
    pods: objects.filter(({ kind, apiVersion }) => kind === 'Pod' && apiVersion === BUILT_IN.pods.version),
    notes,
  }
}

/** Whether an owner that an object names is there, and is not being deleted. */
export const ownerLooker =
  (cluster: Cluster) =>
  async (owner: OwnerReference, namespace: string | undefined): Promise<boolean> => {
    const type = await cluster.discovery.exact(cluster.api, owner.apiVersion, owner.kind)
    if (type === undefined) return false
    try {
      const found = await cluster.api.json<KubeObject>({
        path: pathOf(type, type.namespaced ? namespace : undefined, owner.name),
      })
      return found.metadata.uid === owner.uid && at(found, 'metadata.deletionTimestamp') === undefined
    } catch (error) {
      if (error instanceof Problem && error.code === 'not_found') return false
      throw error
    }
  }
