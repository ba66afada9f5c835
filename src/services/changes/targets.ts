import Type, { type Static } from 'typebox'
import { Problem, problems } from '../../errors.ts'
import { objectPage } from '../../kubernetes/lists.ts'
import { pathOf, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject, Resource } from '../../kubernetes/types.ts'
import { Closed } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { type KeyedHash, semanticHash } from './hash.ts'
import type { Target } from './plan.ts'

/** A resource type as steps keep it. */
export const ResourceRef = Closed({
  group: Type.String(),
  version: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  namespaced: Type.Boolean(),
})
export type ResourceRef = Static<typeof ResourceRef>

/** Which object a step writes to. */
export const ObjectRef = Closed({
  resource: ResourceRef,
  namespace: Type.Optional(Type.String()),
  name: Type.String(),
  uid: Type.String(),
})
export type ObjectRef = Static<typeof ObjectRef>

export const resourceRef = ({ group, version, name, kind, namespaced }: ResourceType): ResourceRef => ({
  group,
  version,
  name,
  kind,
  namespaced,
})

/** Steps' name of an object that was just read. */
export function objectRef(type: ResourceType, { metadata }: KubeObject): ObjectRef {
  const { namespace, name, uid = '' } = metadata
  return { resource: resourceRef(type), ...(namespace === undefined ? {} : { namespace }), name, uid }
}

/** Names a target among the others of a plan. */
export const targetKey = ({
  apiVersion,
  kind,
  namespace = '',
  name,
}: Pick<Target, 'apiVersion' | 'kind' | 'namespace' | 'name'>): string => [apiVersion, kind, namespace, name].join('/')

/** An object that is there as the target of a plan. */
export function targetOf(cluster: Cluster, object: KubeObject, keyed?: KeyedHash): Target {
  const { uid, labels = {} } = object.metadata
  return {
    ...placeOf(cluster, object),
    labels,
    ...(uid === undefined ? {} : { uid }),
    hash: semanticHash(object, keyed),
  }
}

/** An object that a change creates as its target: the uid that a dry run gave it (a Job's labels have it too) is not the one it will have. */
export function newTarget(cluster: Cluster, { metadata, ...object }: KubeObject): Target {
  const { uid, labels = {} } = metadata
  const lasting = Object.entries(labels).filter(([, value]) => value !== uid)
  return { ...placeOf(cluster, { ...object, metadata }), labels: Object.fromEntries(lasting) }
}

function placeOf(
  { context }: Cluster,
  { apiVersion, kind, metadata }: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>,
) {
  const { namespace, name } = metadata
  return { context, apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name }
}

/** resourceVersion of each object, by `targetKey`. */
export const versionsOf = (objects: readonly KubeObject[]): Record<string, string> =>
  Object.fromEntries(
    objects.flatMap(({ apiVersion, kind, metadata }) =>
      metadata.resourceVersion === undefined
        ? []
        : [[targetKey({ apiVersion, kind, ...metadata }), metadata.resourceVersion]],
    ),
  )

/** Deployment web in namespace shop. */
export const called = ({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`

/** One object, managedFields included, or undefined where it is not there. */
export async function findObject(
  cluster: Cluster,
  type: ResourceType,
  namespace: string | undefined,
  name: string,
): Promise<KubeObject | undefined> {
  try {
    return await cluster.api.json<KubeObject>({ path: pathOf(type, namespace, name) })
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return undefined
    throw error
  }
}

/** The resource type of a kind and the namespace its object is in. Throws `unknown_kind`, `bad_input`, `verb_not_supported`. */
export async function locate(
  cluster: Cluster,
  input: { kind: string; namespace?: string },
  verb: string,
): Promise<{ type: Resource; namespace: string | undefined }> {
  const type = await cluster.resolve(input.kind)
  if (!type.verbs.includes(verb)) throw problems.verbNotSupported(type.kind, verb)
  if (!type.namespaced && input.namespace !== undefined)
    throw problems.badInput(`${type.kind} objects have no namespace.`, 'Leave namespace out.')
  return { type, namespace: type.namespaced ? (input.namespace ?? cluster.namespace) : undefined }
}

const PAGE = 500
const MOST_PAGES = 40

/** Every object that a selector selects. `complete` is false where there are more than 20,000. */
export async function everyObject(
  cluster: Cluster,
  type: ResourceType,
  scope: { namespace: string | undefined; labelSelector?: string; fieldSelector?: string },
): Promise<{ items: KubeObject[]; complete: boolean }> {
  const items: KubeObject[] = []
  let token: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await objectPage(cluster.api, type, { ...scope, limit: PAGE, continue: token })
    items.push(...page.items)
    token = page.metadata.continue
    if (token === undefined || token === '') return { items, complete: true }
  }
  return { items, complete: false }
}
