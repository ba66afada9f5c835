import Type, { type TObject, type TProperties } from 'typebox'

// What schemas are made of, wherever they are declared.

/** A closed object: what is not declared does not leave the server. */
export const Closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })

/** Marks a parameter that MCP's list of tools leaves out: it is rare, or for REST. A call may name it all the same. */
export const UNLISTED = { 'x-mcp': 'unlisted' } as const

/** One of a few words; the type is said too, since some clients refuse a bare `enum`. */
export const OneOf = <const W extends readonly string[]>(
  words: W,
  description: string,
  options: { default?: W[number]; 'x-mcp'?: (typeof UNLISTED)['x-mcp'] } = {},
) => Type.Unsafe<W[number]>({ type: 'string', enum: [...words], description, ...options })

/** A whole Kubernetes object as the API server gave it: fields are not declared, nothing is dropped. Masked by the service that reads it. */
export const KubernetesObject = Type.Record(Type.String(), Type.Unknown(), {
  description: 'The object, without managedFields; secret values masked.',
})

const answered = Type.String({ description: 'Context that answered.' })
/** What every cluster answer says first: where it is from. */
export const Where = {
  context: answered,
  namespace: Type.Optional(Type.String({ description: 'Namespace asked; absent: all, or the kind has none.' })),
}

/** A list. `items` are rows; with `format=objects` they are whole objects. */
export const ListOf = <T extends TObject>(item: T) =>
  Closed({
    ...Where,
    items: Type.Array(Type.Union([item, KubernetesObject])),
    continue: Type.Optional(Type.String({ description: 'There is more: pass this to get it.' })),
    remaining: Type.Optional(Type.Integer({ description: 'How many more there are, where the API server says.' })),
  })
