import Type, { type Static } from 'typebox'
import { BUILT_IN } from '../kubernetes/paths.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { list, type ListAnswer, type ListInput } from './lists.ts'

/** A namespace as `kubectl get namespaces` shows it. */
export const NamespaceRow = Closed({
  name: Type.String({ description: 'Name.' }),
  status: Type.String({ description: 'Active or Terminating.' }),
  age: Type.String({ description: 'Time since creation.' }),
})
export type NamespaceRow = Static<typeof NamespaceRow>

/** Namespaces of one cluster. */
export const listNamespaces = (cluster: Cluster, input: ListInput): Promise<ListAnswer<NamespaceRow>> =>
  list(cluster, BUILT_IN.namespaces, input, {
    read: (cells) => ({ name: cells('Name'), status: cells('Status'), age: cells('Age') }),
  })
