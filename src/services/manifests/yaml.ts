import { Composer, type Document, Lexer, LineCounter, type ParsedNode, Parser } from 'yaml'
import type { Faults } from './faults.ts'
import { TokenGuard } from './tokens.ts'

/** Most documents of a manifest, those inside a List counted. */
export const MOST_DOCUMENTS = 50

/** A document that has content, as nodes. */
export interface SourceDocument {
  contents: ParsedNode
  /** The line (from 1) of an offset. */
  lineAt(offset: number): number
}

/**
 * The documents of a YAML (or JSON) text as nodes, in order; empty ones left out. Syntax errors go to `faults`; whatever would be
 * costly stops at once. Token by token, so that a flood is noticed before a tree is built of it.
 * Throws `bad_manifest`.
 */
export function readDocuments(text: string, faults: Faults): SourceDocument[] {
  const counter = new LineCounter()
  counter.addNewLine(0)
  const found: SourceDocument[] = []
  for (const document of compose(text, counter, faults)) {
    collectErrors(document, counter, faults)
    const { contents } = document
    if (contents === null || isEmpty(contents)) continue
    const lineAt = (offset: number) => counter.linePos(offset).line
    found.push({ contents, lineAt })
    if (found.length > MOST_DOCUMENTS)
      faults.stop({
        line: lineAt(contents.range[0]),
        text: `the manifest has more than ${MOST_DOCUMENTS} documents: split it`,
      })
  }
  faults.settle()
  return found
}

// Keys are compared while the tree is read, in linear time; the composer's own check compares each with each.
const OPTIONS = {
  version: '1.2',
  uniqueKeys: false,
  strict: true,
  prettyErrors: false,
  merge: false,
  logLevel: 'silent',
} as const

function* compose(text: string, counter: LineCounter, faults: Faults): Generator<Document.Parsed> {
  const guard = new TokenGuard(faults)
  const parser = new Parser(counter.addNewLine)
  const composer = new Composer(OPTIONS)
  for (const lexeme of new Lexer().lex(text)) {
    guard.see(lexeme)
    for (const token of parser.next(lexeme)) yield* composer.next(token)
  }
  for (const token of parser.end()) yield* composer.next(token)
  yield* composer.end()
}

function collectErrors(document: Document.Parsed, counter: LineCounter, faults: Faults): void {
  for (const error of document.errors.slice(0, 20)) {
    const { line, col } = counter.linePos(error.pos[0])
    faults.add({ line, column: col, text: error.message.replace(/\.$/, '') })
  }
  if (document.errors.length > 0) faults.settle()
}

// `---` with nothing, or only comments, after it.
const isEmpty = (contents: ParsedNode) =>
  'value' in contents && contents.value === null && contents.range[0] === contents.range[1]
