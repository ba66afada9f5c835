import { fieldOf } from './json.ts'

/** A way to tell the items of a list apart: what server-side apply calls the keys of a list map. */
export interface ListKey {
  fields: readonly string[]
  /** Fields that tell items apart further, where they are there. */
  optional: readonly string[]
}

const key = (fields: string, optional = ''): ListKey => ({
  fields: fields.split(' '),
  optional: optional.split(' ').filter((word) => word !== ''),
})

// What the built-in types merge their lists by (`x-kubernetes-list-map-keys`, `patchMergeKey`), most telling first. A list of a custom
// resource has no name that says which it is, so a key counts where it fits every item and no two items are the same by it.
const KEYS: readonly ListKey[] = [
  key('containerPort', 'protocol hostPort hostIP'),
  key('port', 'protocol name'),
  key('mountPath', 'subPath'),
  key('devicePath'),
  key('name', 'kind namespace'),
  key('topologyKey', 'whenUnsatisfiable'),
  key('key', 'operator value effect'),
  key('type'),
  key('host'),
  key('path', 'pathType'),
  key('ip'),
  key('secretName'),
  key('metadata.name'),
]

/** What tells the items of two versions of a list apart; undefined where only their position does. */
export const keyOf = (from: readonly unknown[], to: readonly unknown[]): ListKey | undefined =>
  KEYS.find((candidate) => fits(candidate, from) && fits(candidate, to))

function fits(candidate: ListKey, items: readonly unknown[]): boolean {
  const labels = items.map((item) => labelOf(candidate, item))
  return !labels.includes(undefined) && new Set(labels).size === labels.length
}

/** The name of an item by a key (`app`, `8080/TCP`); undefined where the item does not have the key's fields. */
export function labelOf({ fields, optional }: ListKey, item: unknown): string | undefined {
  const parts = fields.map((field) => partOf(item, field))
  if (parts.includes(undefined)) return undefined
  const more = optional.map((field) => partOf(item, field)).filter((part) => part !== undefined)
  return [...parts, ...more].join('/')
}

function partOf(item: unknown, path: string): string | undefined {
  const value = path.split('.').reduce(fieldOf, item)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
