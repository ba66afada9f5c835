import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Warning } from '../changes/plan.ts'
import { nameOf, type Part } from '../changes/rehearsed.ts'
import { meant } from '../changes/normalise.ts'
import type { DiffRow } from '../manifests/rows.ts'
import type { RenderedObject } from './rendered.ts'

/** An object that is to be written, and what the release has had in its place. */
interface Pair {
  part: Part
  old: KubeObject | undefined
}

const MOST_FIELDS = 5
const LONGEST_VALUE = 60

/**
 * What somebody has changed by hand since the release was last written: Helm puts it back. `tried`: the objects as they were written then,
 * tried again, so that what the API server fills in is no difference.
 */
export async function driftOf(
  pairs: readonly Pair[],
  revision: number,
  tried: (objects: readonly RenderedObject[]) => Promise<Part[]>,
): Promise<Warning[]> {
  const known = pairs.filter(({ old }) => old !== undefined)
  const missing = known.filter(({ part }) => part.diff.action === 'create').map(({ part }) => missingOf(part, revision))
  const there = known.filter(({ part }) => part.live !== undefined)
  const same = there.filter(({ part, old }) => isDeepStrictEqual(part.document.object, old)).map(({ part }) => part)
  const changed = there.flatMap(({ part, old }) =>
    old === undefined || isDeepStrictEqual(part.document.object, old) ? [] : [{ object: old, source: '' }],
  )
  const before = changed.length === 0 ? [] : await tried(changed)
  return [...missing, ...[...same, ...before].flatMap((part) => warningOf(part, revision))]
}

const warning = (text: string): Warning => ({ code: 'drift', risk: 'medium', text })

const missingOf = ({ diff }: Part, revision: number) =>
  warning(`${nameOf(diff)} was deleted since revision ${revision} of the release: it is made again.`)

function warningOf({ diff }: Part, revision: number): Warning[] {
  const rows = meant(diff.changes).filter(({ op }) => op !== 'set')
  if (diff.action !== 'change' || rows.length === 0) return []
  const more = rows.length > MOST_FIELDS ? ` and ${rows.length - MOST_FIELDS} more` : ''
  const told = rows.slice(0, MOST_FIELDS).map(spoken).join(', ')
  return [
    warning(
      `${nameOf(diff)} is not as revision ${revision} of the release made it: ${told}${more}. Helm overwrites it.`,
    ),
  ]
}

function spoken({ path, from, to }: DiffRow): string {
  const values = [
    from === undefined || from.length > LONGEST_VALUE ? '' : `${from} now`,
    to === undefined || to.length > LONGEST_VALUE ? '' : `${to} in the release`,
  ].filter((each) => each !== '')
  return values.length === 0 ? path : `${path} (${values.join(', ')})`
}
