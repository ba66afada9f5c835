import type { ObjectMeta } from '../../../kubernetes/types.ts'

/** What objects of a template say of themselves. */
export interface Identity {
  name: string
  namespace?: string
  partOf?: string
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the fields that are undefined: what is left out is not written as null. */
export function present<T extends object>(object: T): Present<T>
export function present(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

/** The recommended labels. `component`: what part the object plays. */
export const labels = ({ name, partOf }: Identity, component?: string): Record<string, string> => ({
  'app.kubernetes.io/name': name,
  ...(component === undefined ? {} : { 'app.kubernetes.io/component': component }),
  ...(partOf === undefined ? {} : { 'app.kubernetes.io/part-of': partOf }),
})

/** The labels by which Pods are found: none that may ever change. */
export const selector = ({ name }: Identity): Record<string, string> => ({ 'app.kubernetes.io/name': name })

/** Metadata of an object in a namespace; `name` where it is not the application's. */
export const metadata = (identity: Identity, component?: string, name = identity.name): ObjectMeta => ({
  name,
  ...present({ namespace: identity.namespace }),
  labels: labels(identity, component),
})
