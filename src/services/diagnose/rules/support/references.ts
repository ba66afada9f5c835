import type { KubeObject } from '../../../../kubernetes/types.ts'
import { nearestNames } from '../../../../nearest.ts'
import { at, type Fields, fieldsAt, listAt, textAt } from '../../../describe/read.ts'
import type { Facts } from '../../facts.ts'
import type { View } from './containers.ts'

/** `; the nearest is app-settings`: what of a list comes near a name that is not there. */
export function nearest(name: string, names: readonly string[], what = 'there is'): string {
  const near = nearestNames(
    name,
    names.filter((each) => each !== name),
  )
  return near.length === 0 ? '' : `; ${what} ${near.join(', ')}`
}

/** Names of the objects of a kind in a namespace. */
export const namesOf = (kind: string, namespace: string | undefined, facts: Facts): string[] =>
  facts.within(kind, namespace).map(({ metadata }) => metadata.name)

/** Keys of a ConfigMap, or of a Secret where they were read. */
export const keysOf = (object: KubeObject | undefined): string[] =>
  ['data', 'binaryData'].flatMap((field) => Object.keys(fieldsAt(object, field)))

/** A place in a container's environment that takes something of a ConfigMap or Secret. */
export interface Reference {
  kind: 'ConfigMap' | 'Secret'
  name: string
  key: string | undefined
  /** `env PORT`, `envFrom`. */
  where: string
  path: string
}

const KINDS = [
  { kind: 'ConfigMap', from: 'configMapRef', keyFrom: 'configMapKeyRef' },
  { kind: 'Secret', from: 'secretRef', keyFrom: 'secretKeyRef' },
] as const

/** What a container's environment takes from ConfigMaps and Secrets; what is optional is left out. */
export function referencesOf({ container: { spec } }: Pick<View, 'container'>): Reference[] {
  return [...listAt(spec, 'envFrom').flatMap(fromAll), ...listAt(spec, 'env').flatMap(fromKey)]
}

const fromAll = (entry: Fields, index: number): Reference[] =>
  KINDS.flatMap(({ kind, from }) => wanted(kind, fieldsAt(entry, from), 'envFrom', `envFrom[${index}].${from}`))

const fromKey = (entry: Fields, index: number): Reference[] =>
  KINDS.flatMap(({ kind, keyFrom }) => {
    const ref = fieldsAt(entry, `valueFrom.${keyFrom}`)
    return wanted(kind, ref, `env ${textAt(entry, 'name') ?? ''}`, `env[${index}].valueFrom.${keyFrom}`)
  })

function wanted(kind: Reference['kind'], ref: Fields, where: string, path: string): Reference[] {
  const name = textAt(ref, 'name')
  return name === undefined || at(ref, 'optional') === true
    ? []
    : [{ kind, name, key: textAt(ref, 'key'), where, path }]
}
