import { Problem } from '../../errors.ts'
import { segment } from '../../kubernetes/segment.ts'
import type { KubeObject, ObjectMeta } from '../../kubernetes/types.ts'
import { isRecord } from './json.ts'
import { fieldPath } from './paths.ts'
import { ownedFaults } from './server-fields.ts'

/** What is wrong with a field, as a sentence without its full stop. */
export interface FieldFault {
  /** '' for the object itself. */
  field: string
  text: string
}

const isMeta = (value: unknown): value is ObjectMeta => isRecord(value) && typeof value['name'] === 'string'

export const isObject = (value: unknown): value is KubeObject =>
  isRecord(value) &&
  typeof value['apiVersion'] === 'string' &&
  typeof value['kind'] === 'string' &&
  isMeta(value['metadata'])

/** Why a value of a manifest is not a Kubernetes object to apply. `asked`: the namespace that the request names. */
export function shapeFaults(value: unknown, asked: string | undefined): FieldFault[] {
  if (!isRecord(value))
    return [fault('', 'a document has to be a Kubernetes object with apiVersion, kind and metadata')]
  const { apiVersion, kind, metadata } = value
  return [
    ...(isApiVersion(apiVersion) ? [] : [fault('apiVersion', 'every object needs an apiVersion like v1 or apps/v1')]),
    ...(isKind(kind) ? [] : [fault('kind', 'every object needs a kind like Deployment')]),
    ...(isRecord(metadata)
      ? metadataFaults(metadata, asked)
      : [fault('metadata', 'every object needs metadata with a name')]),
    ...(kind === 'Secret' ? secretFaults(value) : []),
  ]
}

const fault = (field: string, text: string): FieldFault => ({ field, text })

const GROUP_VERSION = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?v[a-z0-9]{1,62}$/
const isApiVersion = (value: unknown) => typeof value === 'string' && GROUP_VERSION.test(value)
const isKind = (value: unknown) => typeof value === 'string' && /^[A-Za-z][A-Za-z0-9]{0,62}$/.test(value)

function metadataFaults(metadata: Record<string, unknown>, asked: string | undefined): FieldFault[] {
  const name = nameFault(metadata)
  const namespace = namespaceFault(metadata['namespace'], asked)
  return [
    ...(name === undefined ? [] : [name]),
    ...(namespace === undefined ? [] : [fault('metadata.namespace', namespace)]),
    ...ownedFaults(metadata),
  ]
}

function nameFault({ name, generateName }: Record<string, unknown>): FieldFault | undefined {
  if (generateName !== undefined)
    return fault(
      'metadata.generateName',
      'generateName is not taken: the name is fixed when a change is planned, so give metadata.name',
    )
  const reason = typeof name === 'string' ? unusableName(name) : 'every object needs a name, as text'
  return reason === undefined ? undefined : fault('metadata.name', reason)
}

function unusableName(name: string): string | undefined {
  try {
    segment('The name', name)
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error.message.replace(/\.$/, '')
    throw error
  }
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/

function namespaceFault(own: unknown, asked: string | undefined): string | undefined {
  if (own === undefined || own === null) return undefined
  if (typeof own !== 'string' || !LABEL.test(own)) return 'not the name of a namespace'
  if (asked === undefined || own === asked) return undefined
  return `the request is about namespace ${asked}, and this object names ${own}: make them the same, or leave one of them out`
}

// A dry run never carries the values of a Secret (secrets.ts), so what the API server would say of them is said here.
function secretFaults({ data, stringData }: Record<string, unknown>): FieldFault[] {
  const encoded = valuesOf(data).filter(([, value]) => !isBase64(value))
  const texts = valuesOf(stringData).filter(([, value]) => typeof value !== 'string')
  return [
    ...encoded.map(([key]) =>
      fault(fieldPath('data', key), 'not base64: encode it, or put the plain text under stringData'),
    ),
    ...texts.map(([key]) => fault(fieldPath('stringData', key), 'has to be text: quote it')),
  ]
}

const valuesOf = (value: unknown) => (isRecord(value) ? Object.entries(value).filter(([, each]) => each !== null) : [])

/** RFC 4648, 4, line ends between. */
function isBase64(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const digits = value.replaceAll(/[\r\n]/g, '')
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits)
}
