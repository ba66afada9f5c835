import { find } from '../../../kubernetes/discovery.ts'
import type { Resource } from '../../../kubernetes/types.ts'

/** `Kind.version.group`, which names one kind only and stands in links: `Deployment.v1.apps`, `Pod.v1`. */
export const qualified = ({ kind, version, group }: Pick<Resource, 'kind' | 'version' | 'group'>): string =>
  [kind, version, group].filter((part) => part !== '').join('.')

export interface Meant<R> {
  /** None, one, or all that the word may mean. */
  found: R[]
  /** What stood behind the kind: `spec.strategy` of `deploy.spec.strategy`. */
  path: string
}

/** The kinds of a word, which may have a field path behind it. The longest beginning that names a kind is it. */
export function kindsMeant<R extends Resource>(kinds: readonly R[], word: string): Meant<R> {
  for (let end = word.length; end > 0; end = word.lastIndexOf('.', end - 1)) {
    const found = find(kinds, word.slice(0, end))
    if (found.length > 0) return { found, path: word.slice(end + 1) }
  }
  return { found: [], path: '' }
}

/** Two paths, one behind the other. */
export const joinPaths = (first: string, second: string): string =>
  [first, second].filter((part) => part !== '').join('.')
