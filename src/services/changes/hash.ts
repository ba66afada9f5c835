import { createHash } from 'node:crypto'
import type { KubeObject } from '../../kubernetes/types.ts'
import { isFields, listAt } from '../describe/read.ts'
import { maskObject } from '../safety/mask-object.ts'

/**
 * SHA-256 (hex) of what an object means: without status, managedFields, resourceVersion and generation, whatever the order of its
 * fields. Secret values are left out, so that nobody can try guesses by the hash; in their place stands the number of the version
 * that holds them (generation, or resourceVersion where the kind has none), which moves whenever they do.
 */
export function semanticHash(object: KubeObject): string {
  const { status: _status, metadata, ...rest } = object
  const { managedFields: _managed, resourceVersion, generation, annotations, ...meta } = metadata
  const told: KubeObject = { ...rest, ...settled(rest), metadata: { ...meta, ...kept(annotations) } }
  const masked = maskObject(told)
  const version = masked === told ? [] : [generation ?? resourceVersion ?? '']
  return createHash('sha256')
    .update(JSON.stringify([ordered(masked), ...version]))
    .digest('hex')
}

// The deployment controller's own notes about its rollouts: it writes them as it does a status.
function kept(annotations: Readonly<Record<string, string>> = {}): { annotations?: Record<string, string> } {
  const others = Object.entries(annotations).filter(([name]) => !name.startsWith('deployment.kubernetes.io/'))
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
