import type { Resource } from '../../../kubernetes/types.ts'
import { groupVersion } from '../../../kubernetes/discovery.ts'
import type { Definitions, KindEntry } from './definitions.ts'
import { qualified } from './names.ts'
import type { Question } from './question.ts'
import type { Explained, KindRow, ReferenceSource } from './schema.ts'
import { fieldsBelow } from './tree.ts'
import { factsOf, objectIn } from './type-text.ts'
import { usedBy } from './used-by.ts'
import { fieldAt, type Found } from './walk.ts'

/** What is known when a question is answered. */
export interface Subject {
  definitions: Definitions
  kind: KindEntry
  path: string
  question: Question
  source: ReferenceSource
  /** Every kind of the source, of which some may have the same name. */
  kinds: readonly Resource[]
  /** Where to look for who else uses a type: a cluster's document has only the kinds of one group version. */
  uses: Definitions
}

/** The answer about a kind or its field. Throws `unknown_field`, `bad_input`. */
export function explained({ definitions, kind, path, question, source, kinds, uses }: Subject): Explained {
  const found = fieldAt(definitions, kind, path)
  const { recursive = false, texts = recursive ? 'short' : 'full' } = question
  return {
    ...namesOf(kind),
    source,
    ...factsOf(found.field, found.path),
    ...typeDescription(definitions, found),
    fields: fieldsBelow(definitions, found, { recursive, short: texts === 'short' }),
    usedBy: usesOf(uses, kind, found.path),
    also: kinds.filter((each) => isNamesake(each, kind)).map(qualified),
  }
}

const namesOf = (kind: Resource) => ({
  kind: kind.kind,
  apiVersion: groupVersion(kind),
  group: kind.group,
  version: kind.version,
  name: kind.name,
  fullName: qualified(kind),
  namespaced: kind.namespaced,
  shortNames: [...kind.shortNames],
  verbs: [...kind.verbs],
})

/** A kind as a row of the list of all. */
export const kindRow = (kind: Resource, builtIn: ReadonlySet<string>): KindRow => ({
  ...namesOf(kind),
  custom: !builtIn.has(kind.group),
})

const isNamesake = (each: Resource, kind: Resource) =>
  (each.kind === kind.kind || each.name === kind.name) && qualified(each) !== qualified(kind)

// As kubectl shows it: the text of the field, and that of its type where it is another.
function typeDescription(definitions: Definitions, { field }: Found): { typeDescription?: string } {
  const description = definitions.type(objectIn(field.type) ?? '')?.description ?? ''
  return description === '' || description === field.description ? {} : { typeDescription: description }
}

// The same place in the source that knows all kinds; a field that it does not have is used by nobody it knows.
function usesOf(uses: Definitions, kind: Resource, path: string): Explained['usedBy'] {
  const own = uses.kinds.find((each) => qualified(each) === qualified(kind))
  if (own === undefined) return []
  const type = typeAt(uses, own, path)
  return type === undefined
    ? []
    : usedBy(uses, type).filter((each) => !(each.fullName === qualified(kind) && each.path === path))
}

function typeAt(definitions: Definitions, kind: KindEntry, path: string): string | undefined {
  try {
    return objectIn(fieldAt(definitions, kind, path).field.type)
  } catch {
    return undefined
  }
}
