import type { KindEntry } from './definitions.ts'
import { isMap, listIn, mapIn, type SchemaMap, textIn } from './openapi-read.ts'

// Paths of collections and objects: /api/v1/nodes/{name}, /apis/apps/v1/namespaces/{namespace}/deployments.
const PATH =
  /^\/apis?\/(?:[^/{]+\/)?[^/{]+(?<namespaced>\/namespaces\/\{namespace\})?\/(?<plural>[^/{]+)(?:\/\{name\})?$/

// What an operation does, as the document says it, and the verb of RBAC for it.
const VERBS: Readonly<Record<string, string>> = {
  get: 'get',
  list: 'list',
  post: 'create',
  put: 'update',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deletecollection',
}

interface GroupVersionKind {
  group: string
  version: string
  kind: string
}

const gvkOf = (value: unknown): GroupVersionKind => ({
  group: textIn(value, 'group'),
  version: textIn(value, 'version'),
  kind: textIn(value, 'kind'),
})
const keyOf = ({ group, version, kind }: GroupVersionKind) => `${group}/${version}/${kind}`

/** The kinds of a document's paths, each with its schema. OpenAPI knows no short names. */
export function kindsOf(document: unknown, schemas: SchemaMap): KindEntry[] {
  const types = schemaOfKinds(schemas)
  const kinds = new Map<string, KindEntry & { verbs: string[] }>()
  for (const [path, item] of Object.entries(mapIn(document, 'paths') ?? {})) {
    const parts = PATH.exec(path)?.groups
    if (parts === undefined) continue
    for (const { gvk, verb } of actions(item)) {
      const type = types.get(keyOf(gvk))
      if (type === undefined) continue
      const entry = kinds.get(keyOf(gvk)) ?? newEntry(gvk, parts['plural'] ?? '', type)
      kinds.set(keyOf(gvk), entry)
      entry.namespaced ||= parts['namespaced'] !== undefined
      if (!entry.verbs.includes(verb)) entry.verbs.push(verb)
    }
  }
  return [...kinds.values()].map(({ verbs, ...kind }) => ({ ...kind, verbs: withWatch(verbs) }))
}

// The paths of watches are deprecated and not in every document. What can be listed and created can be watched.
const withWatch = (verbs: readonly string[]) =>
  ['list', 'create'].every((verb) => verbs.includes(verb)) ? [...verbs, 'watch'] : verbs

const newEntry = (gvk: GroupVersionKind, name: string, type: string): KindEntry & { verbs: string[] } => ({
  ...gvk,
  name,
  singular: gvk.kind.toLowerCase(),
  namespaced: false,
  shortNames: [],
  categories: [],
  verbs: [],
  type,
})

function actions(item: unknown): { gvk: GroupVersionKind; verb: string }[] {
  const operations = isMap(item) ? Object.values(item).filter(isMap) : []
  return operations.flatMap((operation) => {
    const verb = VERBS[textIn(operation, 'x-kubernetes-action')]
    const gvk = mapIn(operation, 'x-kubernetes-group-version-kind')
    return verb === undefined || gvk === undefined ? [] : [{ gvk: gvkOf(gvk), verb }]
  })
}

/** Schema names by kind. Options and events of watches say that they are of every group: the schema of one kind only wins. */
export function schemaOfKinds(schemas: SchemaMap): ReadonlyMap<string, string> {
  const found = new Map<string, { name: string; of: number }>()
  for (const [name, schema] of Object.entries(schemas)) {
    const kinds = listIn(schema, 'x-kubernetes-group-version-kind')
    for (const kind of kinds) {
      const key = keyOf(gvkOf(kind))
      if ((found.get(key)?.of ?? Number.POSITIVE_INFINITY) > kinds.length) found.set(key, { name, of: kinds.length })
    }
  }
  return new Map([...found].map(([key, { name }]) => [key, name]))
}
