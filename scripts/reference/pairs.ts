import { type ClientKind, kindName } from './client-apis.ts'
import type { ClientModel } from './client-models.ts'
import { modelIn, type TextModel, type TextModels } from './model-texts.ts'

/** The declaration with the texts of a model. Not exact: it is that of another version of the same type, near enough for what is missing. */
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
  const walk = new Walk(texts, read)
  for (const { group, version, kind, model } of kinds) {
    const own = texts.ofKind(group, version, kind)
    if (own !== undefined) walk.enter(model, { texts: own, exact: true }, group)
  }
  for (const { model, group, kind } of kinds)
    walk.enter(model, { texts: texts.ofAnyVersion(group, kind), exact: false }, group)
  return walk.pairs
}

class Walk {
  readonly pairs = new Map<string, Pair>()
  readonly #texts: TextModels
  readonly #read: (name: string) => ClientModel
  constructor(texts: TextModels, read: (name: string) => ClientModel) {
    this.#texts = texts
    this.#read = read
  }

  enter(model: string, pair: Pair, group: string): void {
    if (this.pairs.has(model)) return
    this.pairs.set(model, pair)
    for (const field of this.#read(model).fields) {
      const next = modelOf(field.type)
      if (hasModel(next)) this.enter(next, this.#below(pair, field.name, { model: next, group }), group)
    }
  }

  #below({ texts, exact }: Pair, field: string, { model, group }: { model: string; group: string }): Pair {
    const own = this.#texts.named(modelIn(texts?.fields.get(field)?.type ?? '') ?? '')
    if (own !== undefined) return { texts: own, exact }
    return { texts: this.#texts.ofAnyVersion(group, kindName(model)), exact: false }
  }
}
