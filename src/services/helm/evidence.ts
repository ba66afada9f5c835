import { setTimeout as pause } from 'node:timers/promises'
import type { Evidence } from '../changes/plan.ts'
import { processGroupAlive } from './binary.ts'
import type { ReleaseSteps } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import { outcomeOf, type ReleaseOutcome } from './outcome.ts'

const LOOK_MILLISECONDS = 500
/** Beyond what Helm itself may wait, twice where it rolls back. */
const MARGIN_SECONDS = 60

/** Milliseconds after which a Helm that still runs does not end by itself. */
export const longestRun = ({ timeoutSeconds, rollbackOnFailure }: ReleaseSteps): number =>
  ((rollbackOnFailure ? 2 : 1) * timeoutSeconds * 2 + MARGIN_SECONDS) * 1000

/** What became of a run whose end nobody saw: a Helm that outlived its server is waited for first. */
export async function evidenceOf(
  tools: HelmTools,
  steps: ReleaseSteps,
  executionId: string,
  processGroup: string | undefined,
): Promise<Evidence> {
  const hasEnded = processGroup === undefined || (await ended(tools, processGroup, longestRun(steps)))
  if (!hasEnded) return { outcome: 'unknown', text: 'Helm still runs.' }
  const found = await outcomeOf(tools, steps, executionId)
  // Whether it was begun at all, nothing says: that it changed nothing is no proof that it cannot any more.
  if (processGroup === undefined && found.state === 'nothing')
    return { outcome: 'unknown', text: `${found.text} Whether Helm was started does not show.` }
  return evidenceFrom(found)
}

const OUTCOMES = {
  done: 'succeeded',
  part: 'partially_applied',
  restored: 'failed',
  nothing: 'failed',
  unknown: 'unknown',
} as const

function evidenceFrom({ state, text }: ReleaseOutcome): Evidence {
  const outcome = OUTCOMES[state]
  return outcome === 'partially_applied' ? { outcome, text, done: 0, total: 1 } : { outcome, text }
}

async function ended({ cluster }: HelmTools, group: string, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds
  while (processGroupAlive(group)) {
    if (Date.now() > end) return false
    await pause(LOOK_MILLISECONDS, undefined, { signal: cluster.call.signal })
  }
  return true
}
