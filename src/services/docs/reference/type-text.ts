import type { Field, TypeText } from './definitions.ts'
import type { FieldFacts } from './schema.ts'

interface Unfolded {
  /** `[]` and `{}` in order, outermost first. */
  wraps: readonly string[]
  /** The type with fields inside. */
  object: string | undefined
  scalar: string
  format: string | undefined
}

/** The parts of a {@link TypeText}. */
export function unfold(type: TypeText): Unfolded {
  const [around = ''] = /^(?:\[\]|\{\})*/.exec(type) ?? []
  const wraps = Array.from({ length: around.length / 2 }, (_, at) => (around[at * 2] === '[' ? '[]' : '{}'))
  const rest = type.slice(around.length)
  if (rest.startsWith('#')) return { wraps, object: rest.slice(1), scalar: '', format: undefined }
  const [scalar = '', format] = rest.split('/', 2)
  return { wraps, object: undefined, scalar, format }
}

/** The type with fields at the heart of a type, whatever it is wrapped in. */
export const objectIn = (type: TypeText): string | undefined => unfold(type).object

/** As kubectl writes it: `[]Container`, `map[string]string`, `Object`. */
export function displayed(type: TypeText): string {
  const { wraps, object, scalar } = unfold(type)
  const inner = object === undefined ? (scalar === 'object' ? 'Object' : scalar) : typeName(object)
  return wraps.map((wrap) => (wrap === '[]' ? '[]' : 'map[string]')).join('') + inner
}

/**
 * `V1DeploymentSpec`, `io.k8s.api.apps.v1.DeploymentSpec` → `DeploymentSpec`. A type that stands in the middle of another has no name: it
 * is called as the place it stands at.
 */
export function typeName(id: string): string {
  const name = id.slice(id.lastIndexOf('.') + 1).replace(/^(?:[A-Z][a-z]*?)?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '')
  return /^[A-Z]/.test(name) ? name : 'Object'
}

/** What is to be known of a field, at a path. */
export function factsOf({ type, required, description, ...extras }: Omit<Field, 'name'>, path: string): FieldFacts {
  const { wraps, format, object } = unfold(type)
  const [wrap] = wraps
  const inner = displayed(type.slice(2))
  return {
    path,
    type: displayed(type),
    ...(format === undefined ? {} : { format }),
    ...(wrap === '[]' ? { list: inner } : {}),
    ...(wrap === '{}' ? { map: inner } : {}),
    required,
    description,
    ...(extras.enum === undefined ? {} : { enum: [...extras.enum] }),
    ...('default' in extras ? { default: extras.default } : {}),
    ...(extras.rules === undefined ? {} : { rules: [...extras.rules] }),
    hasFields: object !== undefined,
  }
}
