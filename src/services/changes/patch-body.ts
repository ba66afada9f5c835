import { isDeepStrictEqual } from 'node:util'
import { problems } from '../../errors.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { isFields, textAt } from '../describe/read.ts'
import { fieldPath } from '../manifests/paths.ts'
import { disguise } from '../manifests/secrets.ts'
import { SERVER_METADATA } from '../manifests/server-fields.ts'
import { maskObject } from '../safety/mask-object.ts'
import { called } from './targets.ts'
import type { PatchType } from './patching.ts'

// What a patch may not do: be about another object than the one shown, write what only the API server writes, or ask about secrets.

const IDENTITY: readonly string[] = [...SERVER_METADATA, 'name', 'namespace', 'generateName']

/** Throws `bad_input` where a patch is not one, or does what no patch may. */
export function checkedPatch(type: PatchType, patch: unknown, live: KubeObject): void {
  if (type === 'json') return checkOperations(patch, live)
  if (!isFields(patch)) throw problems.badInput(`A ${type} patch is an object.`, 'A list of operations is type json.')
  const { metadata } = patch
  for (const field of ['apiVersion', 'kind'] as const)
    if (field in patch && patch[field] !== live[field])
      throw problems.badInput(`The patch names another ${field} than ${called(live)} has.`, 'Leave it out.')
  const owned = isFields(metadata)
    ? IDENTITY.filter((field) => field in metadata && metadata[field] !== live.metadata[field])
    : []
  if (owned.length > 0)
    throw problems.badInput(`metadata.${owned.join(', metadata.')} cannot be patched.`, 'Leave it out.')
  if ('status' in patch)
    throw problems.badInput('status cannot be patched: only controllers write it.', 'Leave it out.')
}

const OPERATIONS: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test'])
const FORBIDDEN_PATH = new RegExp(
  `^(?:$|/(?:status|apiVersion|kind)(?:/|$)|/metadata(?:$|/(?:${IDENTITY.join('|')})(?:/|$)))`,
)

function checkOperations(patch: unknown, live: KubeObject): void {
  if (!Array.isArray(patch) || patch.length === 0)
    throw problems.badInput('A json patch is a list of operations (RFC 6902).', 'Give at least one.')
  const holdsSecrets = hasSecrets(live)
  for (const [index, operation] of patch.entries()) {
    const op = textAt(operation, 'op') ?? ''
    const paths = ['path', 'from']
      .map((field) => (isFields(operation) ? operation[field] : undefined))
      .filter((path) => path !== undefined)
    if (!OPERATIONS.has(op) || paths.length === 0)
      throw problems.badInput(`Operation ${index + 1} of the patch is not one (RFC 6902): it needs op and path.`)
    if (holdsSecrets && ['test', 'copy', 'move'].includes(op))
      throw problems.badInput(
        `Operation ${index + 1}: ${called(live)} holds secret values, so it takes no ${op}.`,
        'It would tell or move what nobody may read; use add, replace and remove.',
      )
    if (op !== 'test' && paths.some((path) => typeof path !== 'string' || FORBIDDEN_PATH.test(path)))
      throw problems.badInput(
        `Operation ${index + 1}: ${JSON.stringify(paths[0])} cannot be patched.`,
        'Only what a manifest can decide can be.',
      )
  }
}

/** Whether an object holds values that nobody may read. */
export const hasSecrets = (live: KubeObject): boolean => {
  const { managedFields: _, ...metadata } = live.metadata
  const shown = { ...live, metadata }
  return live.kind === 'Secret' || maskObject(shown) !== shown
}

/** The patch as it may be sent for a dry run, and the paths of the secret values it gives: those are never tried (no oracle). */
export function disguisedPatch(
  type: PatchType,
  patch: unknown,
  live: KubeObject,
): { body: unknown; given: readonly string[] } {
  if (type === 'json') return disguisedOperations(patch, live)
  if (!isFields(patch)) return { body: patch, given: [] }
  const { apiVersion, kind, metadata } = live
  const whole = {
    apiVersion,
    kind,
    ...patch,
    metadata: { ...(isFields(patch['metadata']) ? patch['metadata'] : {}), name: metadata.name },
  }
  const { object, given } = disguise(whole, live)
  const added = ['apiVersion', 'kind', 'metadata'].filter((field) => !(field in patch))
  return {
    body: Object.fromEntries(Object.entries(object).filter(([field]) => !added.includes(field))),
    given: [...given],
  }
}

/**
 * Where a json patch gives secret values to an object that is no Secret, in dotted form: a diff of masked values does not show them, and
 * whether they differ may not be said. `after`: what the dry run made of the object. Of operations that move each other's places all
 * are named, for none can be looked up afterwards.
 */
export function secretPlaces(type: PatchType, patch: unknown, after: KubeObject): string[] {
  if (type !== 'json' || after.kind === 'Secret' || !Array.isArray(patch) || !hasSecrets(after)) return []
  const masked = maskObject(after)
  const moved =
    patch.length > 1 && patch.some((each) => textAt(each, 'op') !== 'replace' && /\/\d+$/.test(pathOf(each)))
  return patch
    .filter((each) => ['add', 'replace'].includes(textAt(each, 'op') ?? ''))
    .map((each) => stepsOf(pathOf(each)))
    .filter((steps) => moved || !isDeepStrictEqual(valueAt(after, steps), valueAt(masked, steps)))
    .map((steps) =>
      steps.reduce((path, step) => (/^(?:\d+|-)$/.test(step) ? `${path}[${step}]` : fieldPath(path, step)), ''),
    )
}

const pathOf = (operation: unknown): string => textAt(operation, 'path') ?? ''

/** The steps of a JSON pointer (RFC 6901). */
const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

function valueAt(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((found, step) => {
    if (Array.isArray(found)) return found.at(step === '-' ? -1 : Number(step))
    return isFields(found) ? found[step] : undefined
  }, value)
}

// Of a Secret every value is replaced; of all else a value goes as it is, for there is nothing it is compared with.
function disguisedOperations(patch: unknown, live: KubeObject): { body: unknown; given: readonly string[] } {
  if (live.kind !== 'Secret' || !Array.isArray(patch)) return { body: patch, given: [] }
  const given: string[] = []
  const body = patch.map((operation: unknown) => {
    const [, part, key] = /^\/(data|stringData)\/(.+)$/.exec(textAt(operation, 'path') ?? '') ?? []
    if (!isFields(operation) || !('value' in operation) || part === undefined || key === undefined) return operation
    given.push(fieldPath('data', key.replaceAll('~1', '/').replaceAll('~0', '~')))
    return { ...operation, value: part === 'data' ? PLACEHOLDER.encoded : PLACEHOLDER.text }
  })
  return { body, given }
}

const PLACEHOLDER = { text: '<masked>', encoded: Buffer.from('<masked>').toString('base64') }
