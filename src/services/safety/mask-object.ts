import type { KubeObject } from '../../kubernetes/types.ts'
import { maskTree } from './mask-tree.ts'

/**
 * An object as a caller may see it: secrets masked by its kind, names and texts, `metadata.managedFields` left out (no secrets,
 * much noise). Never changes what it is given; the same object where there is nothing to do. Use it where an object
 * is decoded, before anything is cut or rendered: a secret cut in half no longer looks like one.
 */
export function maskObject(object: KubeObject): KubeObject {
  return maskTree(object.metadata?.managedFields === undefined ? object : withoutManagedFields(object))
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
