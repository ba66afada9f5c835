import type { ClientKind } from './client-apis.ts'
import type { ClientModel } from './client-models.ts'
import { modelIn, type TextModel, type TextModels } from './model-texts.ts'

/** The declaration with the texts of a model. Not exact: it is that of another version of the same kind, near enough for what is missing. */
export interface Pair {
  texts: TextModel | undefined
  exact: boolean
}

/** The class behind a client's type: `V1Container` of `Array<V1Container>`. */
export const modelOf = (type: string): string | undefined =>
  /\b((?:[A-Z][a-z]*)?V\d+(?:(?:alpha|beta)\d+)?[A-Z]\w*)\b/.exec(type)?.[1]

/** Scalars that the client has classes for. */
const NO_MODELS = new Set(['V1MicroTime', 'V1Time'])
export const hasModel = (name: string | undefined): name is string => name !== undefined && !NO_MODELS.has(name)

/**
 * Walks from every kind through client and declarations side by side, since the two name the same types differently. Answers every model
 * that a kind reaches. Exact pairs come first: what two kinds share is paired by the one whose version is declared.
 */
export function pairModels(
  kinds: readonly ClientKind[],
  texts: TextModels,
  read: (name: string) => ClientModel,
): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  const walk = (name: string, pair: Pair) => {
    if (pairs.has(name)) return
    pairs.set(name, pair)
    for (const field of read(name).fields) {
      const next = modelOf(field.type)
      if (hasModel(next)) walk(next, { texts: under(pair, field.name, texts), exact: pair.exact })
    }
  }
  const exact = kinds.map((each) => ({ ...each, texts: texts.ofKind(each.group, each.version, each.kind) }))
  for (const each of exact) if (each.texts !== undefined) walk(each.model, { texts: each.texts, exact: true })
  for (const { model, group, kind } of exact) walk(model, { texts: texts.ofAnyVersion(group, kind), exact: false })
  return pairs
}

function under(pair: Pair, field: string, texts: TextModels): TextModel | undefined {
  const name = modelIn(pair.texts?.fields.get(field)?.type ?? '')
  return name === undefined ? undefined : texts.named(name)
}
