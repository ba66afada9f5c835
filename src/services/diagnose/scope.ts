import type { ObjectName } from './finding.ts'
import type { Scope } from './snapshot.ts'

/** `Deployment shop/web`: an object as a word in a line, without the group of its kind. */
export const objectText = ({ kind, namespace, name }: ObjectName): string =>
  `${kind.split('.', 1).join('')} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** What was looked at, in words. */
export function scopeText(scope: Scope): string {
  if (scope.of === 'cluster') return 'the whole cluster'
  if (scope.of === 'release') return `Helm release ${scope.namespace}/${scope.name}`
  return scope.of === 'namespace' ? `namespace ${scope.namespace}` : objectText(scope.object)
}
