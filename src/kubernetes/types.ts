// The few fields of Kubernetes objects that everything here relies on; whatever else an object has stays as it came.

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
}

export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  managedFields?: unknown[]
  [field: string]: unknown
}

/** Any object of the API server (apiVersion and kind filled in, also where a list left them out). */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** A list as the API server answers it. */
export interface KubeList {
  apiVersion: string
  kind: string
  metadata: { continue?: string; remainingItemCount?: number; resourceVersion?: string }
  items: KubeObject[]
}

/** A resource type of one API server, from discovery. `group` is '' for the core group. */
export interface Resource {
  group: string
  version: string
  /** Plural, as it stands in paths. */
  name: string
  singular: string
  kind: string
  namespaced: boolean
  shortNames: readonly string[]
  categories: readonly string[]
  verbs: readonly string[]
}
