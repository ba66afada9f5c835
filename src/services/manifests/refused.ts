import type { Problem, RefusalCause } from '../../errors.ts'
import type { Refusal } from './schema.ts'

const MOST_MESSAGE = 1_000

/** Problems of the way to the cluster rather than of one object: they end the whole diff. */
export const isFatal = ({ code }: Problem): boolean =>
  ['cluster_unavailable', 'cancelled', 'shutting_down'].includes(code) || code.startsWith('credential_plugin')

/** What may be told of a refusal. */
export interface Discretion {
  /** The object, as it is or as the manifest gives it, holds values that nobody may read. */
  isSecret: boolean
  /** Takes out of a text what stood in for secrets. */
  clean: (text: string) => string
}

const OPEN: Discretion = { isSecret: false, clean: (text) => text }

/** A refusal as the answer shows it. */
export function refusalOf(problem: Problem, { isSecret, clean }: Discretion = OPEN): Refusal {
  const message = clean(isSecret && problem.status === 422 ? withoutValues(problem) : wordsOf(problem))
  return {
    code: isUntyped(problem) ? 'invalid' : problem.code,
    message:
      message.length > MOST_MESSAGE ? `${message.slice(0, MOST_MESSAGE)}… (${message.length} characters)` : message,
    ...(problem.next === undefined ? {} : { next: problem.next }),
  }
}

// What does not fit the schema comes from server-side apply as a 500, in the words of its programmers.
const UNTYPED = /^failed to create typed patch object \([^)]*\): /
const isUntyped = ({ message }: Problem) => UNTYPED.test(message)

/** The API server's words; the context is told once for all objects. */
const wordsOf = ({ message }: Problem) =>
  message
    .replace(/ \(context [^()]*\)$/, '')
    .replace(UNTYPED, 'It does not fit the schema of its kind: ')
    .replaceAll(/&value\.valueUnstructured\{Value:([^{}]*)\}/g, '$1')

// The API server quotes values when it finds an object invalid: a changed Pod comes with a diff of its old and new environment. Of an
// object with secrets only the fields are told, and a reason in which no value can stand.
function withoutValues({ facts }: Problem): string {
  const causes = facts.causes ?? []
  if (causes.length === 0)
    return 'The API server finds it invalid. Its words are left out, for they may quote secret values.'
  return `The API server finds it invalid: ${causes.map(causeText).join('; ')}. Values are left out, for some of them are secret.`
}

const REASONS: Readonly<Record<string, string>> = {
  FieldValueRequired: 'required',
  FieldValueDuplicate: 'there twice',
  FieldValueInvalid: 'not valid, or may not change',
  FieldValueForbidden: 'forbidden, or may not change',
  FieldValueNotSupported: 'not one of the values it can have',
  FieldValueTooLong: 'too long',
  FieldValueTooMany: 'too many',
  FieldValueNotFound: 'names something that is not there',
  FieldValueTypeInvalid: 'of the wrong type',
}

function causeText({ field = '', reason = '', message = '' }: RefusalCause): string {
  const [, constant] = /^(?:Forbidden|Required value): ([^\n"{}]{1,400})$/.exec(message.split('\n')[0] ?? '') ?? []
  return `${field}: ${constant ?? REASONS[reason] ?? 'not valid'}`
}
