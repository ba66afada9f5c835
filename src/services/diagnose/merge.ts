import type { KubeObject } from '../../kubernetes/types.ts'
import { kindKey } from '../describe/read.ts'
import { stable } from '../describe/words.ts'
import type { Judged } from './judge.ts'

/** The same trouble of the same workload, seen in one or many of its pods. */
export interface Trouble {
  first: Judged
  all: readonly Judged[]
}

/** Troubles of one kind and workload that are told apart only by numbers and names: from so many on they are told as one. */
const TOO_MANY = 4

/** What was said about the same workload with the same cause, as one. */
export function merged(judged: readonly Judged[]): Trouble[] {
  const same = grouped(judged, (each) => each.verdict.cause)
  const alike = Map.groupBy(same, ({ first }) => `${first.rule.id} ${identity(first.object)}`)
  return [...alike.values()].flatMap((group) =>
    group.length < TOO_MANY
      ? group
      : grouped(
          group.flatMap(({ all }) => all),
          (each) => likeness(each.verdict.cause),
        ),
  )
}

function grouped(judged: readonly Judged[], wordsOf: (each: Judged) => string): Trouble[] {
  const groups = Map.groupBy(judged, (each) => `${each.rule.id} ${identity(each.object)} ${wordsOf(each)}`)
  return [...groups.values()].flatMap((all) => (all[0] === undefined ? [] : [{ first: all[0], all }]))
}

const likeness = (cause: string): string => stable(cause).replaceAll(/\d+/g, '#')

/** One text for one object. */
export const identity = (object: KubeObject): string =>
  `${kindKey(object)} ${object.metadata.namespace ?? ''}/${object.metadata.name}`
