import type { Cluster } from '../cluster.ts'
import { inTurn } from '../in-turn.ts'
import { isFoundation, kindsIn, namespacesIn } from './made-here.ts'
import type { ParsedDocument } from './parse.ts'
import { readManifest } from './read.ts'
import { Rehearsal } from './rehearsal.ts'
import type { DocumentDiff, ManifestDiff } from './schema.ts'

/** What a manifest is given with. */
export interface ManifestInput {
  /** The manifest, YAML or JSON. */
  yamlContent: string
  /** Where objects go that name no namespace; then none may name another. */
  namespace?: string
}

const AT_ONCE = 4

/** Manifests against one cluster. */
export class Manifests {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * What applying a manifest would do, by the API server's own dry run; nothing is written. What the API server refuses of one object
   * is told with that object. Throws `bad_manifest`, and `cluster_unavailable` and its like where there is no way to the cluster.
   */
  async diff({ yamlContent, namespace }: ManifestInput): Promise<ManifestDiff> {
    const cluster = this.#cluster
    const fallback = namespace ?? cluster.namespace
    const documents = await readManifest(yamlContent, { namespace, fallback }, cluster.call.signal)
    const setting = { namespace: fallback, kinds: kindsIn(documents), count: documents.length }
    const rehearsal = new Rehearsal(cluster, setting)
    let done = 0
    const rehearse = async (document: ParsedDocument, missing: readonly string[]) => {
      const entry = await rehearsal.of(document, new Set(missing))
      cluster.call.progress(++done, documents.length, `${entry.kind} ${entry.name}: ${entry.action}`)
      return entry
    }
    // What other objects need comes first: only then is it known which namespaces are not there yet.
    const foundations = await inTurn(documents.filter(isFoundation), AT_ONCE, (each) => rehearse(each, []))
    const missing = namespacesIn(documents).filter((name) =>
      foundations.some((each) => each.kind === 'Namespace' && each.name === name && each.action === 'create'),
    )
    const others = await inTurn(
      documents.filter((each) => !isFoundation(each)),
      AT_ONCE,
      (each) => rehearse(each, missing),
    )
    const diffs = [...foundations, ...others].toSorted((a, b) => a.index - b.index)
    return { context: cluster.context, namespace: fallback, summary: summaryOf(diffs), documents: diffs }
  }
}

const WORDS = {
  create: 'to create',
  change: 'to change',
  unchanged: 'unchanged',
  refused: 'refused',
  'not-dry-run': 'not dry-run',
} as const

function summaryOf(diffs: readonly DocumentDiff[]): string {
  const counted = Object.entries(WORDS).map(([action, words]) => ({
    words,
    count: diffs.filter((each) => each.action === action).length,
  }))
  return counted
    .filter(({ count }) => count > 0)
    .map(({ count, words }) => `${count} ${words}`)
    .join(', ')
}
