import type { KubeObject } from '../../../../kubernetes/types.ts'
import type { Occurrence } from '../../../describe/events.ts'
import type { Facts } from '../../facts.ts'
import type { Rule, Verdict } from '../../rule.ts'
import { podEvents } from './containers.ts'
import { inPart, isJudged } from './workloads.ts'

/** What the rules about one pod look at. */
export interface PodView {
  pod: KubeObject
  /** Its own events, newest first. */
  events: readonly Occurrence[]
  facts: Facts
}

/** A rule about a pod as a whole. */
export type PodRule = Omit<Rule, 'looksAt' | 'judge'> & { judge: (view: PodView) => Verdict | undefined }

/** Defines a rule that judges every pod that is meant to run or has failed. */
export const definePodRule = ({ judge, ...entry }: PodRule): Rule => ({
  ...entry,
  looksAt: ['Pod'],
  judge: (pod, facts) => {
    const verdict = isJudged(pod, facts) ? judge({ pod, events: podEvents(pod, facts), facts }) : undefined
    return verdict && { ...inPart(pod, facts), ...verdict }
  },
})
