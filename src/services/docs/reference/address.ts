import type { Resource } from '../../../kubernetes/types.ts'
import { qualified } from './names.ts'

/** Levels of fields that the page of a kind or field shows, however many there are. */
export const LEVELS_SHOWN = 3

/** Where a kind is explained. */
export const kindAddress = (kind: Pick<Resource, 'kind' | 'version' | 'group'>): string =>
  `/api/${encodeURIComponent(qualified(kind))}`

const STEP = /\['[^']*'\]|[^.[\]]+/g

/** Where a field is explained: on the page of its kind or, where that may not reach so deep, of the field above it. */
export function fieldAddress(kind: Pick<Resource, 'kind' | 'version' | 'group'>, path: string): string {
  const steps = [...path.matchAll(STEP)]
  const place = `#${encodeURIComponent(path)}`
  if (steps.length <= LEVELS_SHOWN) return kindAddress(kind) + place
  const above = path.slice(0, steps.at(-1)?.index).replace(/\.$/, '')
  return `${kindAddress(kind)}?path=${encodeURIComponent(above)}${place}`
}
