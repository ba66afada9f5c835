import { problems } from '../../../errors.ts'
import { nearestTypes, single } from '../../../kubernetes/discovery.ts'
import { scrubValue } from '../../safety/scrub-text.ts'
import { explained, kindRow } from './explained.ts'
import type { Volume } from './library.ts'
import { joinPaths, kindsMeant } from './names.ts'
import type { Question } from './question.ts'
import type { Explained, KindList, ReferenceSource } from './schema.ts'

/** What there is to say of the cluster where an answer is not from it. */
export type Beside = Pick<ReferenceSource, 'context' | 'clusterVersion'> & { notes: readonly string[] }

/** The answer of a reference that needs no cluster. Throws `unknown_kind`, `ambiguous_kind`, `unknown_field`, `bad_input`. */
export function explainFrom(volume: Volume, question: Question, beside: Beside): Explained {
  const { definitions } = volume
  const { found, path } = kindsMeant(definitions.kinds, question.kind)
  if (found.length === 0)
    throw problems.unknownKindIn(
      question.kind,
      `The reference of Kubernetes ${definitions.version}`,
      nearestTypes(question.kind, definitions.kinds),
    )
  return explained({
    definitions,
    kind: single(found, question.kind),
    path: joinPaths(path, question.path ?? ''),
    question,
    source: sourceOf(volume, beside),
    kinds: definitions.kinds,
    uses: definitions,
  })
}

/** Every kind of a reference that needs no cluster. */
export function kindsFrom(volume: Volume, builtIn: ReadonlySet<string>, beside: Beside): Omit<KindList, 'versions'> {
  return {
    source: sourceOf(volume, beside),
    kinds: volume.definitions.kinds.map((each) => kindRow(each, builtIn)),
    unavailable: [],
  }
}

// What a cluster says of itself stands beside text of Kubernetes that is not masked: it is masked here.
const sourceOf = ({ definitions, from }: Volume, beside: Beside): ReferenceSource => {
  const { notes, ...cluster } = scrubValue(beside)
  return { from, version: definitions.version, ...cluster, notes: [...definitions.notes, ...notes] }
}
