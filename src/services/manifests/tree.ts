import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { MASKED } from '../safety/masking.ts'
import type { Faults } from './faults.ts'
import { fieldPath } from './paths.ts'
import { keyFault, scalarFault } from './scalars.ts'
import { MOST_DEPTH } from './tokens.ts'
import type { SourceDocument } from './yaml.ts'

/** Most characters of values once every alias stands for what it names; each value counts as some more. */
const MOST_SIZE = 4 * 1024 * 1024
const SIZE_OF_VALUE = 8

/** What a document says, and where its objects and lists began. */
export interface Tree {
  value: unknown
  /** Line it starts at, from 1. */
  line: number
  /** First line of an object or list of this document. */
  lines: ReadonlyMap<object, number>
}

/** How much all documents of one manifest may come to. */
export interface Budget {
  size: number
}

export const newBudget = (): Budget => ({ size: MOST_SIZE })

/** The JSON value of a document. What YAML can say and JSON cannot, or what readers of YAML disagree about, goes to `faults`. */
export function readTree(document: SourceDocument, faults: Faults, budget: Budget): Tree {
  const reader = new TreeReader(document, faults, budget)
  const value = reader.read(document.contents, { path: '', depth: 1 })
  return { value, line: document.lineAt(document.contents.range[0]), lines: reader.lines }
}

// Who reads an object here, edits it and sends it back must not put the mask into the cluster.
function textFault(text: string): string | undefined {
  if (text.includes(MASKED))
    return `${MASKED} stands for a secret value that this server does not show: give the value itself, or leave the field out`
  return text.isWellFormed()
    ? undefined
    : 'an escape stands for half of a character: the text is not well-formed Unicode'
}

interface Place {
  path: string
  depth: number
}

class TreeReader {
  readonly lines = new Map<object, number>()
  readonly #document: SourceDocument
  readonly #faults: Faults
  readonly #budget: Budget
  readonly #anchors = new Map<string, Node>()

  constructor(document: SourceDocument, faults: Faults, budget: Budget) {
    this.#document = document
    this.#faults = faults
    this.#budget = budget
  }

  read(node: unknown, place: Place): unknown {
    if (isScalar(node)) return this.#scalar(node, place)
    if (isMap(node)) return this.#ended(node, this.#map(node, place))
    if (isSeq(node)) return this.#ended(node, this.#list(node, place))
    return isAlias(node) ? this.#alias(node.source, node, place) : null
  }

  #scalar(node: Scalar, place: Place): unknown {
    const text = node.source ?? ''
    this.#spend(text.length, node)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    this.#note(textFault(text) ?? (node.type === 'PLAIN' ? scalarFault(text, node.value) : undefined), node, place)
    return node.value
  }

  // An anchor names its node only once the node has ended: nothing can contain itself.
  #ended(node: YAMLMap | YAMLSeq, value: object): object {
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    this.lines.set(value, this.#line(node))
    return value
  }

  #list(node: YAMLSeq, { path, depth }: Place): unknown[] {
    this.#deeper(depth, node)
    return node.items.map((item, index) => this.read(item, { path: `${path}[${index}]`, depth: depth + 1 }))
  }

  #map(node: YAMLMap, place: Place): object {
    this.#deeper(place.depth, node)
    const object: Record<string, unknown> = {}
    for (const pair of node.items) {
      if (!isPair(pair)) continue
      const key = this.#key(pair.key, node, place, object)
      if (key !== undefined)
        object[key] = this.read(pair.value, { path: fieldPath(place.path, key), depth: place.depth + 1 })
    }
    return object
  }

  #key(node: unknown, parent: Node, place: Place, taken: object): string | undefined {
    if (!isScalar(node)) return this.#note('a key has to be text, not an alias, a list or a mapping', parent, place)
    const text = node.source ?? ''
    this.#spend(text.length, node)
    const fault = this.#badKey(node, text, taken)
    return fault === undefined ? text : this.#note(fault, node, place)
  }

  #badKey(node: Scalar, text: string, taken: object): string | undefined {
    if (node.type === 'PLAIN' && text === '<<') return 'merge keys (<<) are not taken: write the fields out'
    if (text === '__proto__') return 'the key __proto__ is not taken'
    if (Object.hasOwn(taken, text)) return `the key ${JSON.stringify(text)} is there twice`
    return node.type === 'PLAIN' ? keyFault(text, node.value) : undefined
  }

  #alias(name: string, node: Node, place: Place): unknown {
    const named = this.#anchors.get(name)
    if (named === undefined)
      return this.#note(`the alias *${name} refers to no anchor that ended before it`, node, place)
    this.#deeper(place.depth, node)
    return this.read(named, { ...place, depth: place.depth + 1 })
  }

  #deeper(depth: number, node: Node): void {
    this.#spend(1, node)
    if (depth > MOST_DEPTH)
      this.#faults.stop({ line: this.#line(node), text: `nested deeper than ${MOST_DEPTH} levels` })
  }

  #spend(size: number, node: Node): void {
    this.#budget.size -= size + SIZE_OF_VALUE
    if (this.#budget.size < 0)
      this.#faults.stop({
        line: this.#line(node),
        text: 'aliases make the manifest larger than 4 MiB: write it out and split it',
      })
  }

  #note(text: string | undefined, node: Node, { path }: Place): undefined {
    if (text !== undefined) this.#faults.add({ line: this.#line(node), path, text })
  }

  #line(node: Node): number {
    return this.#document.lineAt(node.range?.[0] ?? 0)
  }
}
