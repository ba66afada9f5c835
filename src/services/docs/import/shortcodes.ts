/** A tag of Hugo's shortcodes, with what it encloses. */
export interface Tag {
  name: string
  positional: readonly string[]
  named: Readonly<Record<string, string>>
  /** What stands between it and its closing tag; undefined where it has none. */
  inner: readonly (string | Tag)[] | undefined
}

interface Mark {
  kind: 'open' | 'close' | 'alone'
  name: string
  rest: string
}

// A comment in a tag shows the tag itself: {{</* note */>}}. Bounded, so that a page of openings alone costs no more than its length.
const TAG =
  /\{\{([<%])(?:\/\*([\s\S]{0,2000}?)\*\/|\s*(\/?)\s*([A-Za-z][\w./-]*)((?:[^"`{}]|"(?:[^"\\]|\\.)*"|`[^`]*`)*?)(\/?)\s*)[>%]\}\}/g

/** Cuts a page at its shortcodes. A tag that is never closed encloses nothing; a closing tag without an opening one is dropped. */
export function parseShortcodes(text: string): (string | Tag)[] {
  const parts = marksOf(text)
  const ends = pairs(parts)
  return build(parts, ends, 0, parts.length)
}

type Part = string | Mark

function marksOf(text: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const found of text.matchAll(TAG)) {
    const [whole, bracket = '<', shown, slash, name = '', rest = '', alone] = found
    parts.push(text.slice(at, found.index))
    at = found.index + whole.length
    if (shown !== undefined) parts.push(`{{${bracket}${shown}${bracket === '<' ? '>' : '%'}}}`)
    else parts.push({ kind: slash === '/' ? 'close' : alone === '/' ? 'alone' : 'open', name, rest })
  }
  return [...parts, text.slice(at)]
}

/** Index of an opening tag to that of the one that closes it. */
function pairs(parts: readonly Part[]): Map<number, number> {
  const open: { name: string; index: number }[] = []
  const ends = new Map<number, number>()
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'string' || part.kind === 'alone') continue
    if (part.kind === 'open') open.push({ name: part.name, index })
    else {
      const at = open.findLastIndex(({ name }) => name === part.name)
      const begin = open[at]
      if (begin === undefined) continue
      ends.set(begin.index, index)
      open.length = at
    }
  }
  return ends
}

function build(parts: readonly Part[], ends: ReadonlyMap<number, number>, from: number, to: number): (string | Tag)[] {
  const built: (string | Tag)[] = []
  for (let index = from; index < to; index++) {
    const part = parts[index]
    if (part === undefined || (typeof part !== 'string' && part.kind === 'close')) continue
    if (typeof part === 'string') {
      built.push(part)
      continue
    }
    const end = ends.get(index)
    const inner = end === undefined ? undefined : build(parts, ends, index + 1, end)
    built.push({ name: part.name, ...parametersOf(part.rest), inner })
    if (end !== undefined) index = end
  }
  return built
}

const PARAMETER = /(?:([\w-]+)\s*=\s*)?(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|([^\s"`=]+))/g

function parametersOf(rest: string): Pick<Tag, 'positional' | 'named'> {
  const positional: string[] = []
  const named: Record<string, string> = {}
  for (const [, name, quoted, raw, bare] of rest.matchAll(PARAMETER)) {
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? raw ?? bare ?? ''
    if (name === undefined) positional.push(value)
    else named[name] = value
  }
  return { positional, named }
}
