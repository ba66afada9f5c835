import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { problems } from '../../../errors.ts'
import { importedFolder } from './reference.ts'
import type { ReferenceFile } from './definitions.ts'
import { minorOf } from './library.ts'
import { fromOpenApi } from './openapi.ts'
import { mapIn, textIn } from './openapi-read.ts'

const MOST_BYTES = 256 * 1024 * 1024

/** What an import came to. */
export interface ImportedApi {
  version: string
  kinds: number
  types: number
  /** The file that was written. */
  path: string
  notes: string[]
}

export interface ImportApiOptions {
  /** Folder of the server's state. */
  data: string
  /** The version it is of, where the file does not say it. */
  version?: string | undefined
}

/**
 * Takes an OpenAPI file (version 2 of everything, or version 3 of a group version) as the reference of its version; what there was of that
 * version is replaced at once. A running server sees it with its next question. Throws `bad_api_file`.
 */
export function importApi(file: string, { data, version }: ImportApiOptions): ImportedApi {
  const document = parsed(file)
  const shown = minorOf(version ?? textIn(mapIn(document, 'info'), 'version'))
  if (!/^\d+\.\d+$/.test(shown))
    throw problems.badApiFile(
      file,
      'it does not say of which version of Kubernetes it is (info.version); name it with --version',
    )
  const reference = fromOpenApi(document, { version: shown, from: basename(file) })
  if (reference.kinds.length === 0) throw problems.badApiFile(file, 'it describes no kind of Kubernetes')
  const path = write(reference, importedFolder(data))
  const { kinds, types, notes } = reference
  return { version: shown, kinds: kinds.length, types: Object.keys(types).length, path, notes }
}

function parsed(file: string): unknown {
  try {
    if (statSync(file).size > MOST_BYTES) throw problems.badApiFile(file, `it is larger than ${MOST_BYTES} bytes`)
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return document
  } catch (error) {
    if (error instanceof SyntaxError) throw problems.badApiFile(file, 'it is no JSON')
    if (error instanceof Error && 'syscall' in error)
      throw problems.badApiFile(file, `it cannot be read (${reason(error)})`)
    throw error
  }
}

const reason = (error: Error) => ('code' in error ? String(error.code) : error.message)

function write(reference: ReferenceFile, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${reference.version}.json`)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, JSON.stringify(reference), { mode: 0o600 })
  renameSync(draft, path)
  return path
}
