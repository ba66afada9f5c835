import type { KubeObject } from '../../../../kubernetes/types.ts'
import type { Fields } from '../../../describe/read.ts'
import { labelsText } from '../../../describe/words.ts'
import { nearestNames } from '../../../../nearest.ts'
import type { Facts } from '../../facts.ts'
import type { Proof } from '../../finding.ts'
import { fieldProof } from './proof.ts'

/** The labels that a selector probably means. */
export interface NearestLabels {
  /** `nearest is Deployment web with app=web`. */
  text: string
  proof: Proof
  /** Merge patch of the selector that would select them: null takes a label out. */
  selector: Record<string, string | null>
}

interface Candidate {
  pod: KubeObject
  labels: Record<string, string>
  score: number
}

/** The pods of the namespace whose labels come nearest to a selector: the same keys with other values, or some of the pairs. */
export function nearestLabels(
  selector: Fields,
  namespace: string | undefined,
  facts: Facts,
): NearestLabels | undefined {
  const pods = facts.within('Pod', namespace)
  const [best] = pods.map((pod) => candidate(pod, selector)).toSorted((one, other) => other.score - one.score)
  if (best === undefined || best.score === 0) return undefined
  const workload = facts.workloadOf(best.pod)
  const about = Object.fromEntries(Object.keys(selector).flatMap((key) => pairOf(best.labels, key)))
  const shown = Object.keys(about).length === 0 ? best.labels : about
  return {
    text: `nearest is ${workload.kind} ${workload.metadata.name} with ${labelsText(shown)}`,
    proof: fieldProof(best.pod, 'metadata.labels', labelsText(best.labels)),
    selector: Object.fromEntries(Object.keys(selector).map((key) => [key, best.labels[key] ?? null])),
  }
}

const pairOf = (labels: Record<string, string>, key: string): [string, string][] =>
  labels[key] === undefined ? [] : [[key, labels[key]]]

// The same pair says most; the same key with a value that is nearly the same next.
function candidate(pod: KubeObject, selector: Fields): Candidate {
  const labels = pod.metadata.labels ?? {}
  const scores = Object.entries(selector).map(([key, value]) => pairScore(labels[key], String(value)))
  return { pod, labels, score: scores.reduce((sum, each) => sum + each, 0) }
}

function pairScore(has: string | undefined, wanted: string): number {
  if (has === undefined) return 0
  if (has === wanted) return 3
  return nearestNames(wanted, [has]).length > 0 || has.includes(wanted) || wanted.includes(has) ? 2 : 0
}
