import type { KubeObject, ObjectMeta } from '../../kubernetes/types.ts'
import { LAST_APPLIED, SERVER_METADATA } from './server-fields.ts'

const OWNED: ReadonlySet<string> = new Set(SERVER_METADATA)

/** What of an object a manifest can decide: without `status`, the server's own metadata and kubectl's record of the last apply. */
export function comparable(object: KubeObject): KubeObject {
  const { status: _, metadata, ...rest } = object
  return { ...rest, metadata: decidable(metadata) }
}

function decidable(metadata: ObjectMeta): ObjectMeta {
  const { annotations, ...fields } = metadata
  const { [LAST_APPLIED]: _, ...kept } = annotations ?? {}
  const own = Object.fromEntries(Object.entries(fields).filter(([name]) => !OWNED.has(name)))
  return { ...own, name: metadata.name, ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }) }
}

/** Stands for what the API server will choose: a dry run's choice is not the one that an apply will get. */
const ASSIGNED = '<assigned>'

/**
 * The dry run of an object that is not there yet, as fields to show: without what the answer says beside them (kind, name,
 * namespace), and with {@link ASSIGNED} for what differs from one dry run to the next (tried on every common kind).
 */
export function newFields(result: KubeObject, asked: KubeObject): unknown {
  const { apiVersion: _, kind, metadata, ...rest } = comparable(result)
  const { name: _name, namespace: _namespace, ...meta } = metadata
  const shown = Object.keys(meta).length === 0 ? rest : { metadata: meta, ...rest }
  const chosen = CHOSEN[kind]
  return chosen === undefined ? shown : mapped(shown, chosen(result, asked), '')
}

/** What to show in place of a value that the API server chose; undefined where it did not. */
type Chosen = (field: string, value: unknown) => string | undefined

const CHOSEN: Readonly<Record<string, (result: KubeObject, asked: KubeObject) => Chosen>> = {
  Pod: () => (field, value) =>
    field === 'name' && typeof value === 'string' && /^kube-api-access-[a-z0-9]{5}$/.test(value)
      ? `kube-api-access-${ASSIGNED}`
      : undefined,
  Job: (result) => (_field, value) => (value === result.metadata.uid ? ASSIGNED : undefined),
  Service: (_result, asked) => {
    const given = JSON.stringify(asked)
    return (field) => (SERVICE_CHOICES.has(field) && !given.includes(`"${field}":`) ? ASSIGNED : undefined)
  },
}

const SERVICE_CHOICES: ReadonlySet<string> = new Set(['clusterIP', 'clusterIPs', 'nodePort', 'healthCheckNodePort'])

function mapped(value: unknown, chosen: Chosen, field: string): unknown {
  const instead = chosen(field, value)
  if (instead !== undefined) return instead
  if (Array.isArray(value)) return value.map((each) => mapped(each, chosen, field))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapped(each, chosen, name)]))
}
