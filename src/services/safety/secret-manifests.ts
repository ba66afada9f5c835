import { MASKED, Masking, type Span } from './masking.ts'
import { blockScalar, indentAt, lineEnd, readValue, restOfLine, textOf } from './read-value.ts'
import type { Scanner } from './triggers.ts'

const KIND = /\bkind\\{0,7}["']?[ \t]{0,8}:[ \t]{0,8}\\{0,7}["']?Secret(?:List)?\b/
const FIELD = /(?:^|[\s{,"'])(?:data|stringData)\\{0,7}["']?[ \t]{0,8}:[ \t]{0,8}/g

/** Masks `data` and `stringData` of Secret manifests written out in a text, in YAML or JSON, whatever the keys are called. */
export const secretManifests: Scanner = {
  marks: ['secret'],
  mask: (text) => {
    if (!KIND.test(text)) return text
    // A line of a log may have a manifest in a string, its line breaks written out.
    const isWritten = !text.includes('\n') && text.includes('\\n')
    return isWritten ? maskManifests(text.replaceAll('\\n', '\n')).replaceAll('\n', '\\n') : maskManifests(text)
  },
}

function maskManifests(text: string): string {
  const masking = new Masking(text)
  const documents = new Documents(text)
  FIELD.lastIndex = 0
  for (let hit = FIELD.exec(text); hit !== null; hit = FIELD.exec(text)) {
    const at = FIELD.lastIndex
    if (documents.hasSecret(at)) FIELD.lastIndex = Math.max(at, maskMap(text, at, masking))
  }
  return masking.text()
}

/** A text of several YAML documents holds more than Secrets: those without any stay as they are. Asked from left to right. */
class Documents {
  readonly #text: string
  #end = -1
  #hasSecret = false

  constructor(text: string) {
    this.#text = text
  }

  hasSecret(at: number): boolean {
    if (at > this.#end) this.#enter(at)
    return this.#hasSecret
  }

  #enter(at: number): void {
    const start = Math.max(0, this.#text.lastIndexOf('\n---', at))
    const next = this.#text.indexOf('\n---', at)
    this.#end = next === -1 ? this.#text.length : next
    this.#hasSecret = KIND.test(this.#text.slice(start, this.#end))
  }
}

const maskMap = (text: string, at: number, masking: Masking) =>
  text.charAt(at) === '{' ? maskFlowMap(text, at + 1, masking) : maskBlockMap(text, at, masking)

const FLOW_KEY = /\s{0,80}\\{0,7}["']?[\w.-]{1,253}\\{0,7}["']?\s{0,8}:\s{0,8}/y
const AFTER_VALUE = /\\{0,7}["']?\s{0,80},?/y

/** `{"a": "eA==", "b": "eQ=="}` */
function maskFlowMap(text: string, start: number, masking: Masking): number {
  let at = start
  for (FLOW_KEY.lastIndex = at; FLOW_KEY.test(text); FLOW_KEY.lastIndex = at) {
    const { span } = readValue(text, FLOW_KEY.lastIndex)
    maskUnlessEmpty(text, span, masking)
    AFTER_VALUE.lastIndex = span.end
    at = AFTER_VALUE.test(text) ? AFTER_VALUE.lastIndex : span.end
  }
  return at
}

const COMMENT = /[ \t+-]{0,200}#/y
const ENTRY = /[ \t+-]{0,200}["']?[\w.-]{1,253}["']?:[ \t]{0,80}/y

const LINE_BREAK = /(?:[#&!][^\n]{0,500})?\r?\n/y

/** The lines below `data:` that are indented deeper. */
function maskBlockMap(text: string, at: number, masking: Masking): number {
  LINE_BREAK.lastIndex = at
  if (!LINE_BREAK.test(text)) return at
  const indent = indentAt(text, text.lastIndexOf('\n', at - 1) + 1)
  let line = LINE_BREAK.lastIndex
  while (line < text.length && isDeeper(text, line, indent)) line = maskEntry(text, line, masking) + 1
  return line - 1
}

const isDeeper = (text: string, line: number, indent: number) => {
  const own = indentAt(text, line)
  return own > indent || line + own === lineEnd(text, line)
}

/** Returns the end of the entry's last line. */
function maskEntry(text: string, line: number, masking: Masking): number {
  COMMENT.lastIndex = line
  if (COMMENT.test(text)) return lineEnd(text, line)
  ENTRY.lastIndex = line
  const start = ENTRY.test(text) ? ENTRY.lastIndex : line + indentAt(text, line)
  const block = blockScalar(text, start)
  const quoted = readValue(text, start)
  const span = block ?? (quoted.quoted ? quoted.span : restOfLine(text, start))
  maskUnlessEmpty(text, span, masking)
  return lineEnd(text, span.end)
}

function maskUnlessEmpty(text: string, span: Span, masking: Masking): void {
  const value = textOf(text, span).trim()
  if (value !== '' && value !== 'null' && value !== MASKED) masking.mask(span)
}
