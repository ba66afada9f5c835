import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kubernetes/types.ts'
import { isFields, listAt } from '../describe/read.ts'
import { maskObject } from '../safety/mask-object.ts'

/** A hash with a key that only this server has: nobody can try guesses of a secret by it. */
export type KeyedHash = (value: unknown) => string

/**
 * SHA-256 (hex) of what an object means: without status, managedFields, resourceVersion and generation, whatever the order of its
 * fields. Of an object that holds secrets it is the keyed hash. Where there is no key, secret values are left out, and in their place
 * stands the number of the version that holds them (generation, or resourceVersion where the kind has none), which moves whenever
 * they do, and sometimes when they do not.
 */
export function semanticHash(object: KubeObject, keyed?: KeyedHash): string {
  const told = meaningOf(object)
  const masked = maskObject(told)
  if (masked === told) return hashOf([told])
  if (keyed !== undefined) return keyed(ordered(told))
  const { generation, resourceVersion } = object.metadata
  return hashOf([masked, generation ?? resourceVersion ?? ''])
}

const hashOf = (parts: readonly unknown[]) =>
  createHash('sha256')
    .update(JSON.stringify(ordered(parts)))
    .digest('hex')

/** Whether two states of an object mean the same, secret values included. */
export const sameMeaning = (one: KubeObject, other: KubeObject): boolean =>
  isDeepStrictEqual(meaningOf(one), meaningOf(other))

function meaningOf({ status: _status, metadata, ...rest }: KubeObject): KubeObject {
  const { managedFields: _managed, resourceVersion: _version, generation: _generation, annotations, ...meta } = metadata
  return { ...rest, ...settled(rest), metadata: { ...meta, ...kept(annotations) } }
}

// Controllers' own notes, which they write as they do a status: about rollouts, and how long a node may keep what it has read.
const NOTES = /^(?:deployment\.kubernetes\.io\/|node\.alpha\.kubernetes\.io\/ttl$)/

function kept(annotations: Readonly<Record<string, string>> = {}): { annotations?: Record<string, string> } {
  const others = Object.entries(annotations).filter(([name]) => !NOTES.test(name))
  return others.length === 0 ? {} : { annotations: Object.fromEntries(others) }
}

// The taints of a node that only repeat its conditions and whether it is cordoned: a controller writes them, as it does a status.
function settled({ kind, spec }: Pick<KubeObject, 'kind'> & { spec?: unknown }): { spec?: unknown } {
  if (kind !== 'Node' || !isFields(spec)) return {}
  const { taints: _, ...rest } = spec
  const own = listAt(spec, 'taints').filter(({ key }) => !String(key).startsWith('node.kubernetes.io/'))
  return { spec: own.length === 0 ? rest : { ...rest, taints: own } }
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((field) => [field, ordered(value[field])]),
  )
}
