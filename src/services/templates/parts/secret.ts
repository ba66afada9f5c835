import type { KubeObject } from '../../../kubernetes/types.ts'
import { Flag, Name, Namespace, PartOf } from '../schemas.ts'
import { why } from '../why.ts'
import { type Identity, metadata } from './meta.ts'

/** What stands where a secret will be: nobody gives secrets to a template. */
export const PLACEHOLDER = 'CHANGE-ME'

export const secretParameters = (name: string) => ({
  name: Name(name),
  namespace: Namespace,
  partOf: PartOf,
  immutable: Flag('Can never be changed: a new one needs a new name.'),
})

/** A Secret with placeholders. */
export const secret = (
  values: Identity & { immutable: boolean },
  type: string,
  stringData: Record<string, string>,
): KubeObject =>
  why(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(values),
      type,
      ...(values.immutable ? { immutable: true } : {}),
      stringData,
    },
    { stringData: 'Placeholders: put the values in where nobody reads along, and not into Git.' },
  )
