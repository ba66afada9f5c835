import type { KubeObject } from '../../kubernetes/types.ts'
import type { Faults } from './faults.ts'
import { isRecord } from './json.ts'
import { withoutGenerated } from './server-fields.ts'
import { isObject, shapeFaults } from './shape.ts'
import type { Tree } from './tree.ts'
import { MOST_DOCUMENTS } from './yaml.ts'

/** One object of a manifest. */
export interface ParsedDocument {
  /** Position in the manifest, from 1; what a List holds counts one by one. */
  index: number
  /** Line its text starts at, from 1. */
  line: number
  object: KubeObject
  /** What was left out of it and why, one sentence each. */
  notes: readonly string[]
}

/** Where objects without a namespace belong. */
export interface Namespaces {
  /** What the request names: objects may name no other. */
  namespace?: string | undefined
  /** What objects get that name none; only to notice that two of them are the same. */
  fallback?: string | undefined
}

interface Candidate {
  value: unknown
  line: number
  path: string
}

/** The Kubernetes objects of the documents; faults of what is not one go to `faults`. */
export function readObjects(trees: readonly Tree[], namespaces: Namespaces, faults: Faults): ParsedDocument[] {
  const candidates = trees.flatMap((tree) => expand({ value: tree.value, line: tree.line, path: '' }, tree))
  const extra = candidates[MOST_DOCUMENTS]
  if (extra !== undefined)
    faults.stop({ line: extra.line, text: `the manifest has more than ${MOST_DOCUMENTS} objects: split it` })
  const found = candidates.flatMap((candidate, at) => readObject(candidate, at + 1, namespaces, faults))
  refuseTwins(found, namespaces, faults)
  return found
}

const lineOf = (tree: Tree, value: unknown, fallback: number): number =>
  value !== null && typeof value === 'object' ? (tree.lines.get(value) ?? fallback) : fallback

// `kind: List`, and the typed lists (PodList) that the API server answers with, stand for what they hold.
function expand(candidate: Candidate, tree: Tree): Candidate[] {
  const items = itemsOf(candidate.value)
  if (items === undefined) return [candidate]
  return items.flatMap((value, index) => {
    const path = `${candidate.path}items[${index}].`
    return expand({ value, line: lineOf(tree, value, candidate.line), path }, tree)
  })
}

function itemsOf(value: unknown): unknown[] | undefined {
  if (!isRecord(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return undefined
  return Array.isArray(value['items']) ? value['items'] : undefined
}

function readObject(
  { value, line, path }: Candidate,
  index: number,
  namespaces: Namespaces,
  faults: Faults,
): ParsedDocument[] {
  const before = shapeFaults(value, namespaces.namespace)
  for (const { field, text } of before) faults.add({ line, path: field === '' ? '' : `${path}${field}`, text })
  if (before.length > 0 || !isObject(value)) return []
  return [{ index, line, ...withoutGenerated(value) }]
}

/** The same object twice: which of them is meant cannot be known. Versions of one kind are the same object. */
function refuseTwins(found: readonly ParsedDocument[], namespaces: Namespaces, faults: Faults): void {
  const first = new Map<string, number>()
  for (const { object, line } of found) {
    const { apiVersion, kind, metadata } = object
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
    const key = [group, kind, metadata.namespace ?? namespaces.namespace ?? namespaces.fallback, metadata.name].join(
      '\n',
    )
    const twin = first.get(key)
    if (twin === undefined) first.set(key, line)
    else faults.add({ line, text: `${kind} ${metadata.name} is in the manifest twice; the first is at line ${twin}` })
  }
}
