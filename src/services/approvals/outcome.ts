import type { Done, Evidence } from '../changes/plan.ts'
import { Problem } from '../../errors.ts'
import { Refused, Stale, Unproven } from '../changes/outcomes.ts'
import { type Held, LONGEST_WAIT } from './live-run.ts'
import type { Event } from './states.ts'
import type { Ending } from './types.ts'

/** How a run ends: the event that settles it, what is said of it and what is kept. */
export interface Outcome {
  event: Event
  reason: string
  ending?: Ending
}

/** What an error of a change proves. */
export interface Proof {
  /**
   * stale: refused, since the world is not what was planned for. refused: nothing changed, and nothing can still arrive. nothing: sent,
   * and nobody knows.
   */
  proves: 'stale' | 'refused' | 'nothing'
  text: string
  /** What is known of the answer, where something is. */
  output?: unknown
}

/** What an error proves. One that is not known here proves nothing. */
export function proofOf(error: unknown): Proof {
  if (error instanceof Stale) return { proves: 'stale', text: error.differs.join('; ') }
  if (error instanceof Refused) return { proves: 'refused', text: error.message }
  if (error instanceof Unproven) return { proves: 'nothing', text: error.message, output: error.output }
  return {
    proves: 'nothing',
    text: error instanceof Problem ? error.message : 'something went wrong inside the server',
  }
}

interface Progress {
  sent: boolean
  done: number
}

const ENDS = { succeeded: 'succeed', partially_applied: 'apply_partly', cancelled: 'stop' } as const

export function outcomeOfDone({ outcome, output, reason = SAID[outcome], done, total }: Done<unknown>): Outcome {
  const steps = done === undefined || total === undefined ? '' : ` ${done} of ${total} steps were done.`
  return { event: ENDS[outcome], reason: `${reason}${steps}`, ending: { output } }
}

const SAID = {
  succeeded: 'Done as approved.',
  partially_applied: 'Only a part of it was done.',
  cancelled: 'Stopped between two steps.',
} as const

export const stale = (differs: readonly string[]): Outcome => ({
  event: 'drift',
  reason: `Not run, since what was approved is not what is there now: ${differs.join('; ')}.`,
  ending: { differs },
})

/** The outcome of a run that the gate itself held back; undefined where the run now belongs to another server. */
export function outcomeOfHeld({ why }: Held, { sent, done }: Progress): Outcome | undefined {
  if (why === 'lost') return undefined
  if (why === 'late') return stale([`it was approved more than ${LONGEST_WAIT / 60} minutes ago`])
  const said = sent ? `${done} step${done === 1 ? ' was' : 's were'} done before.` : 'Nothing was sent.'
  return { event: 'stop', reason: `Stopped. ${said}` }
}

/** The outcome of an error before anything was sent: it cannot have changed anything. */
export const outcomeUnsent = ({ proves, text }: Proof): Outcome =>
  proves === 'stale' ? stale([text]) : { event: 'fail', reason: `Nothing was sent: ${text}` }

/** The outcome of a refusal after something was sent; undefined where only evidence can tell. */
export function outcomeOfProof({ proves, text }: Proof, { done }: Progress): Outcome | undefined {
  if (proves === 'nothing') return undefined
  if (done > 0) return { event: 'apply_partly', reason: `After ${done} finished steps: ${text}` }
  return proves === 'stale' ? stale([text]) : { event: 'fail', reason: text }
}

const FOUND = { succeeded: 'succeed', failed: 'fail', partially_applied: 'apply_partly', unknown: 'lose' } as const

/** `before`: what is already known of it. */
export const outcomeOfEvidence = ({ outcome, text }: Evidence, before: Pick<Proof, 'text' | 'output'>): Outcome => ({
  event: FOUND[outcome],
  reason: before.text === '' ? text : `${before.text} What the cluster shows: ${text}`,
  ...(before.output === undefined ? {} : { ending: { output: before.output } }),
})
