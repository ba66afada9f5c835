import { Faults } from './faults.ts'
import { type Namespaces, type ParsedDocument, readObjects } from './objects.ts'
import { checkedText } from './source.ts'
import { newBudget, readTree } from './tree.ts'
import { readDocuments } from './yaml.ts'

export type { Namespaces, ParsedDocument } from './objects.ts'

/**
 * The objects of a manifest (YAML or JSON, security.md 5). At most 1 MiB, 50 objects, 64 levels; only what every reader of YAML takes
 * alike. Throws `bad_manifest` with the line of everything that is wrong. Takes up to seconds for the worst MiB: see `readManifest`.
 */
export function parseManifest(given: string, namespaces: Namespaces = {}): ParsedDocument[] {
  const faults = new Faults()
  const text = checkedText(given, faults)
  const budget = newBudget()
  const trees = readDocuments(text, faults).map((document) => readTree(document, faults, budget))
  faults.settle()
  const documents = readObjects(trees, namespaces, faults)
  faults.settle()
  if (documents.length === 0) faults.stop({ line: 1, text: 'the manifest has no objects in it' })
  return documents
}
