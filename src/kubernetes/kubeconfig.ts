import { dirname } from 'node:path'
import { isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml'
import { Section, Unusable } from './kubeconfig/fields.ts'
import type { FileReader } from './kubeconfig/files.ts'

const SIZE_LIMIT = 4 * 1024 * 1024
const ALIAS_LIMIT = 100

/** One kubeconfig file, parsed. Paths inside it are relative to `directory`. */
export interface KubeconfigFile {
  path: string
  directory: string
  root: Section
}

/** One named context, cluster or user, and the folder its relative paths start from. */
export interface Entry {
  name: string
  file: string
  directory: string
  body: Section
}

/** All files as one. A name that stands in two places means the first of them. */
export interface Kubeconfig {
  currentContext: string | undefined
  contexts: ReadonlyMap<string, Entry>
  clusters: ReadonlyMap<string, Entry>
  users: ReadonlyMap<string, Entry>
}

/**
 * Reads and parses one kubeconfig, YAML or JSON, at most 4 MiB. Undefined where there is no file.
 * Throws `Unusable` with file, line and column, and never quotes the file: the wrong line may hold a token.
 */
export async function readKubeconfig(path: string, files: FileReader): Promise<KubeconfigFile | undefined> {
  const bytes = await files.read(path, SIZE_LIMIT)
  if (!bytes) return undefined
  const value = parse(decode(bytes, path), path)
  if (value === null) throw new Unusable(`The kubeconfig ${path} is empty.`)
  const root = new Section(`kubeconfig ${path}`, value)
  if ((root.text('kind') ?? 'Config') !== 'Config')
    throw new Unusable(`${path} is not a kubeconfig: its kind is not Config.`)
  return { path, directory: dirname(path), root }
}

/**
 * Merges as client-go does: of entries with the same name, and of current-contexts, the first one wins whole.
 * Throws `Unusable` where a list is not a list or an entry has no name.
 */
export function mergeKubeconfigs(files: readonly KubeconfigFile[]): Kubeconfig {
  return {
    currentContext: files.map(({ root }) => root.text('current-context')).find((name) => name !== undefined),
    contexts: entries(files, 'contexts', 'context'),
    clusters: entries(files, 'clusters', 'cluster'),
    users: entries(files, 'users', 'user'),
  }
}

function entries(files: readonly KubeconfigFile[], list: string, field: string): Map<string, Entry> {
  const first = new Map<string, Entry>()
  for (const each of files.flatMap((file) => file.root.sections(list).map((item) => entry(file, item, field)))) {
    if (!first.has(each.name)) first.set(each.name, each)
  }
  return first
}

function entry(file: KubeconfigFile, item: Section, field: string): Entry {
  const name = item.text('name')
  if (name === undefined) throw new Unusable(`A ${item.where} has no name.`)
  const body = new Section(`${field} "${name}"`, item.data(field))
  return { name, file: file.path, directory: file.directory, body }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Unusable(`The kubeconfig ${path} is not UTF-8 text.`)
  }
}

function parse(text: string, path: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'core',
    uniqueKeys: true,
    merge: false,
    prettyErrors: false,
    lineCounter: lines,
  })
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0])
    const what = FAULTS[fault.code] ?? 'something that is not YAML'
    throw new Unusable(`The kubeconfig ${path} cannot be read: ${what} at line ${line}, column ${col}.`)
  }
  return plainData(document, path)
}

/** What the parser's codes mean. Its own messages are not used: they can quote the file. */
const FAULTS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'wrong indentation',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" on one line',
  DUPLICATE_KEY: 'the same key a second time',
  MISSING_CHAR: 'a missing quote, bracket or colon',
  MULTILINE_IMPLICIT_KEY: 'a key without a colon',
  MULTIPLE_DOCS: 'a second YAML document',
  RESOURCE_EXHAUSTION: 'nesting that is too deep',
  TAB_AS_INDENT: 'a tab in the indentation',
  TAG_RESOLVE_FAILED: 'a YAML tag that kubeconfigs do not have',
}

function plainData(document: Document.Parsed, path: string): unknown {
  try {
    keepScalarsAsWritten(document)
    // Through JSON and back: what refers to itself fails here, and what comes out is plain data.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: ALIAS_LIMIT })))
  } catch {
    throw new Unusable(`The kubeconfig ${path} has YAML aliases that lead nowhere, to themselves, or are too many.`)
  }
}

/**
 * Numbers and truth values become the text they were written as, so that a user called 012 stays 012.
 * Not inside `extensions`: that data goes to credential plugins as it is.
 */
function keepScalarsAsWritten(document: Document.Parsed): void {
  visit(document, {
    Pair: (_, pair) => (isScalar(pair.key) && pair.key.value === 'extensions' ? visit.SKIP : undefined),
    Scalar: (_, node) => {
      if (node.source !== undefined && node.value !== null) node.value = node.source
    },
  })
}
