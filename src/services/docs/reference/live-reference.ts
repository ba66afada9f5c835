import { Problem, problems } from '../../../errors.ts'
import { nearestTypes, single } from '../../../kubernetes/discovery.ts'
import type { Resource } from '../../../kubernetes/types.ts'
import type { Cluster } from '../../cluster.ts'
import type { ClusterDocuments } from './cluster-documents.ts'
import { explained } from './explained.ts'
import { type ReferenceLibrary, minorOf } from './library.ts'
import { joinPaths, kindsMeant, type Meant, qualified } from './names.ts'
import { type Beside, explainFrom } from './own-reference.ts'
import type { Question } from './question.ts'
import type { Explained } from './schema.ts'

/** A cluster that answers. */
export interface Live {
  cluster: Cluster
  /** Git version of its API server. */
  version: string
  resources: readonly Resource[]
}

interface Sources {
  library: ReferenceLibrary
  documents: ClusterDocuments
}

/** The answer of a cluster. Throws `unknown_kind`, `ambiguous_kind`, `unknown_field`, `bad_input`, `schema_unavailable`. */
export async function explainLive(question: Question, live: Live, { library, documents }: Sources): Promise<Explained> {
  const { cluster, version } = live
  const own = library.nearest(version)
  const { found, path } = await meant(question.kind, live)
  if (found.length === 0) return sentOnly(question, live, library)
  const resource = single(found, question.kind)
  const { definitions, kind } = await documents.of(cluster.api, resource)
  return explained({
    definitions,
    kind: { ...resource, type: kind.type },
    path: joinPaths(path, question.path ?? ''),
    question,
    source: { from: 'cluster', version, context: cluster.context, notes: [...definitions.notes] },
    kinds: await cluster.discovery.resources(cluster.api),
    uses: own.kinds.some((each) => qualified(each) === qualified(resource)) ? own : definitions,
  })
}

// A kind may be a second old: resolving looks again before it refuses.
async function meant(word: string, { cluster, resources }: Live): Promise<Meant<Resource>> {
  const known = kindsMeant(resources, word)
  if (known.found.length > 0) return known
  try {
    return { found: [await cluster.resolve(word)], path: '' }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'unknown_kind') throw error
  }
  return kindsMeant(await cluster.discovery.resources(cluster.api), word)
}

// Kinds that are only sent to a part of another object (Eviction) are in no list of a cluster's resources.
async function sentOnly(question: Question, live: Live, library: ReferenceLibrary): Promise<Explained> {
  const own = library.nearest(live.version)
  const [kind] = kindsMeant(own.kinds, question.kind).found
  if (kind?.name.includes('/') === true)
    return explainFrom({ definitions: own, from: 'built-in' }, question, beside(live, own.version))
  const { context, api, discovery } = live.cluster
  const problem = problems.unknownKind(
    question.kind,
    context,
    nearestTypes(question.kind, await discovery.resources(api)),
  )
  if (kind === undefined) throw problem
  const next = `The reference of Kubernetes ${own.version} has it: ask with version=${own.version}.`
  throw new Problem(problem.code, problem.status, problem.message, next)
}

/** What an answer of a version says of the cluster beside it. */
export const beside = ({ cluster, version }: Pick<Live, 'cluster' | 'version'>, shown: string): Beside => ({
  context: cluster.context,
  ...(minorOf(version) === shown ? {} : { clusterVersion: version }),
  notes: minorOf(version) === shown ? [] : [`The cluster runs ${version}; this is the reference of ${shown}.`],
})
