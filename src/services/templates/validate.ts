import { scrubValue } from '../safety/scrub-text.ts'
import type { Cluster } from '../cluster.ts'
import { Manifests } from '../manifests/manifests.ts'
import type { DocumentDiff } from '../manifests/schema.ts'
import type { Validation } from './schema.ts'

/**
 * What the API server says of a manifest: a strict dry run of every object, as diffManifest does it. What it says is a cluster's
 * text, so secrets in it are masked here. Throws `cluster_unavailable` and its like.
 */
export async function validateOn(cluster: Cluster, yamlContent: string): Promise<Validation> {
  const { context, namespace, summary, documents } = await new Manifests(cluster).diff({ yamlContent })
  const answer = { context, namespace: namespace ?? cluster.namespace, summary, objects: documents.map(checkedOf) }
  return scrubValue(answer)
}

function checkedOf({ kind, name, namespace, action, error, conflicts, warnings, notes }: DocumentDiff) {
  return {
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    accepted: acceptedOf(action),
    action,
    ...(error === undefined ? {} : { error: `${error.code}: ${error.message}` }),
    ...(conflicts === undefined
      ? {}
      : { conflicts: conflicts.map(({ manager, fields }) => `${manager}: ${fields.join(', ')}`) }),
    ...(warnings === undefined ? {} : { warnings }),
    ...(notes === undefined ? {} : { notes }),
  }
}

function acceptedOf(action: DocumentDiff['action']): 'yes' | 'no' | 'unknown' {
  if (action === 'not-dry-run') return 'unknown'
  return action === 'refused' ? 'no' : 'yes'
}
