import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildReference, type BuiltReference } from '../../scripts/reference/build.ts'
import { Problem } from '../../src/errors.ts'
import type { Definitions, KindEntry } from '../../src/services/docs/reference/definitions.ts'
import { qualified } from '../../src/services/docs/reference/names.ts'
import { Reference, type ReferenceOptions } from '../../src/services/docs/reference/reference.ts'
import type { Ends } from '../support/ends.ts'
import { folder } from '../support/process.ts'

let made: { built: string; files: BuiltReference[] } | undefined

/** What the build makes, made once for a test file and removed with it. */
export function build(): { built: string; files: BuiltReference[] } {
  if (made !== undefined) return made
  const built = mkdtempSync(join(tmpdir(), 'k8s-mcp-built-'))
  process.once('exit', () => rmSync(built, { recursive: true, force: true }))
  made = { built, files: buildReference(built) }
  return made
}

/** A reference over what the build makes, with a state folder of its own. */
export function reference(t: Ends, options: Partial<ReferenceOptions> = {}): Reference {
  return new Reference({ built: build().built, data: folder(t), ...options })
}

/** What a call refuses, or undefined where it does not. Throws what is no Problem. */
export async function refusal(work: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** The kind of a full name. */
export function kindOf(definitions: Definitions, name: string): KindEntry {
  const found = definitions.kinds.find((each) => qualified(each) === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}
