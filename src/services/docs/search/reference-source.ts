import type { Definitions, KindEntry } from '../reference/definitions.ts'
import { fieldAddress, kindAddress } from '../reference/address.ts'
import { kindsMeant } from '../reference/names.ts'
import { everyField, fieldAt } from '../reference/walk.ts'

/** A kind or a field that a question names. */
export interface Named {
  url: string
  title: string
  section: string
  text: string
  isField: boolean
  /** Context of the cluster that has it; absent: the reference that comes along. */
  context?: string
}

const MOST = 3
/** Words that say what a reader wants of a kind, not which. */
const ASIDE = new Set([
  'field',
  'fields',
  'spec',
  'explain',
  'api',
  'reference',
  'the',
  'of',
  'a',
  'in',
  'for',
  'what',
  'is',
  'kubectl',
  'schema',
])

/** The words of a question that is nothing but the name of a kind and of its field; empty where it is a sentence about something else. */
export function namesIn(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== '' && !ASIDE.has(word.toLowerCase()))
  return words.length > 3 || (words[0]?.length ?? 0) > 300 ? [] : words
}

/** Kinds and fields that a question names, of these kinds: `deploy.spec.strategy`, `pdb minAvailable`, `CronJob`. */
export function namedIn(
  text: string,
  definitions: Definitions,
  kinds: readonly KindEntry[] = definitions.kinds,
): Named[] {
  const words = namesIn(text)
  const [first, ...rest] = words
  if (first === undefined) return []
  return [...behind(first, rest, { definitions, kinds }), ...joined(words, { definitions, kinds })].slice(0, MOST)
}

interface Source {
  definitions: Definitions
  kinds: readonly KindEntry[]
}

/** A kind, with a path or the names of fields behind it. */
function behind(first: string, rest: readonly string[], { definitions, kinds }: Source): Named[] {
  const { found, path } = kindsMeant(kinds, first)
  return preferred(found).flatMap((kind) => {
    const steps = [path, ...rest].filter((step) => step !== '')
    if (steps.length === 0) return [ofKind(kind, definitions)]
    const field = pathOf(definitions, kind, steps)
    return field === undefined ? [] : [ofField(kind, field.path, field.text)]
  })
}

/** A kind written in several words: "config map", "horizontal pod autoscaler". */
function joined(words: readonly string[], { definitions, kinds }: Source): Named[] {
  if (words.length < 2) return []
  return preferred(kindsMeant(kinds, words.join('')).found).map((kind) => ofKind(kind, definitions))
}

/** Of the same kind in several versions, the first: the API server prefers it. */
function preferred(kinds: readonly KindEntry[]): KindEntry[] {
  const seen = new Set<string>()
  return kinds.filter(({ kind, group }) => !seen.has(`${group}/${kind}`) && seen.add(`${group}/${kind}`))
}

function pathOf(
  definitions: Definitions,
  kind: KindEntry,
  steps: readonly string[],
): { path: string; text: string } | undefined {
  try {
    const { path, field } = fieldAt(definitions, kind, steps.join('.'))
    return { path, text: field.description }
  } catch {
    return fieldNamed(definitions, kind, steps)
  }
}

/** The nearest field of a name, however deep; the names before it must be on its way. */
function fieldNamed(
  definitions: Definitions,
  kind: KindEntry,
  steps: readonly string[],
): { path: string; text: string } | undefined {
  const wanted = steps.flatMap((step) => step.split('.')).map((step) => step.replace(/\[.*$/, '').toLowerCase())
  const last = wanted.at(-1)
  for (const { path, field } of everyField(definitions, kind)) {
    if (field.name.toLowerCase() !== last) continue
    const way = path.toLowerCase().split(/[.[\]]+/)
    if (wanted.every((step) => way.includes(step))) return { path, text: field.description }
  }
  return undefined
}

const ofKind = (kind: KindEntry, definitions: Definitions): Named => ({
  url: kindAddress(kind),
  title: kind.kind,
  section: [kind.group, kind.version].filter((part) => part !== '').join('/'),
  text: definitions.type(kind.type)?.description ?? '',
  isField: false,
})

const ofField = (kind: KindEntry, path: string, text: string): Named => ({
  url: fieldAddress(kind, path),
  title: kind.kind,
  section: path,
  text,
  isField: true,
})
