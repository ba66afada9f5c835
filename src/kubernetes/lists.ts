import type { Api } from './api.ts'
import { pathOf, type ResourceType } from './paths.ts'
import type { KubeList, KubeObject } from './types.ts'

/** The API server's own Table (KEP-324): the columns and words that kubectl prints, for every kind. */
export interface Table {
  columnDefinitions: { name: string; type: string; priority: number }[]
  rows: Row[]
  metadata?: { continue?: string; remainingItemCount?: number }
}

interface Row {
  cells: unknown[]
  object?: { metadata?: { name?: string; namespace?: string; uid?: string } }
}

/** One page of a list. `namespace` undefined: all of them, or the kind has none. */
export interface PageRequest {
  namespace: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  limit: number
  continue?: string | undefined
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

// Go writes an empty list as null, some of the API server's handlers among them (customresourcedefinitions).
type OrNull<T, K extends keyof T> = Omit<T, K> & { [Key in K]: T[Key] | null }

const queryOf = (page: PageRequest) => ({
  limit: page.limit,
  continue: page.continue,
  labelSelector: page.labelSelector,
  fieldSelector: page.fieldSelector,
})

/**
 * One page as a Table. In one namespace the rows carry no object (`includeObject=None`, 30 times smaller than the objects);
 * over all namespaces their metadata, since only that says which namespace a row is of.
 * Never with `resourceVersion=0`: the API server then ignores `limit`.
 */
export async function tablePage(api: Api, type: ResourceType, page: PageRequest): Promise<Table> {
  const includeObject = type.namespaced && page.namespace === undefined ? 'Metadata' : 'None'
  const table = await api.json<OrNull<Table, 'rows'>>({
    path: pathOf(type, page.namespace),
    query: { ...queryOf(page), includeObject },
    accept: TABLE,
    managedFields: false,
  })
  return { ...table, rows: table.rows ?? [] }
}

const METADATA = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

/** One page of whole objects, each with apiVersion and kind (which the API server leaves out inside lists). */
export const objectPage = (api: Api, type: ResourceType, page: PageRequest): Promise<KubeList> =>
  listPage(api, type, page, 'application/json')

/** One page of objects of which only the metadata is sent (PartialObjectMetadata, API concepts "Metadata-only fetches"). */
export const metadataPage = (api: Api, type: ResourceType, page: PageRequest): Promise<KubeList> =>
  listPage(api, type, page, METADATA)

async function listPage(api: Api, type: ResourceType, page: PageRequest, accept: string): Promise<KubeList> {
  const list = await api.json<OrNull<KubeList, 'items'>>({
    path: pathOf(type, page.namespace),
    query: queryOf(page),
    accept,
    managedFields: false,
  })
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  const items = list.items ?? []
  for (const item of items) Object.assign(item, { apiVersion, kind: type.kind })
  return { ...list, items }
}

/** One object. */
export const getObject = (
  api: Api,
  type: ResourceType,
  namespace: string | undefined,
  name: string,
): Promise<KubeObject> => api.json<KubeObject>({ path: pathOf(type, namespace, name), managedFields: false })
