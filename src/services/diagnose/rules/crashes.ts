import { bytesText } from '../../describe/quantity.ts'
import { textAt } from '../../describe/read.ts'
import { joined } from '../../describe/words.ts'
import type { NextStep } from '../finding.ts'
import type { Rule, Verdict } from '../rule.ts'
import { clueIn } from './support/clues.ts'
import {
  type ContainerRule,
  defineContainerRule,
  restartsText,
  sinceUnready,
  statusPath,
  type View,
  who,
} from './support/containers.ts'
import { type Ending, endingOf } from './support/ending.ts'
import { meaningOf } from './support/exit-codes.ts'
import { cannotRun, decisiveLine, lastWords, linesOf } from './support/last-words.ts'
import { eventProof, fieldProof, logProofs, metricProof, proofs } from './support/proof.ts'
import { advice, logsStep } from './support/steps.ts'
import { raiseMemoryStep } from './support/templates.ts'

type Told = { cause: string; next: readonly NextStep[] }

/** Defines a rule about containers that ended in one way. */
const defineCrashRule = (
  entry: Omit<ContainerRule, 'judge'>,
  fires: (view: View, ending: Ending) => boolean,
  tell: (view: View, ending: Ending) => Told,
): Rule =>
  defineContainerRule({
    ...entry,
    judge: (view) => {
      const ending = endingOf(view)
      return ending === undefined || !fires(view, ending) ? undefined : crashVerdict(view, ending, tell(view, ending))
    },
  })

const crashVerdict = (view: View, ending: Ending, told: Told): Verdict => ({
  ...told,
  evidence: proofs(stateProof(view, ending), useProof(view, ending), spoken(view, ending), backOff(view)),
  since: view.events.find(({ reason }) => reason === 'BackOff')?.first ?? sinceUnready(view),
  ...(ending.runs && view.container.status['ready'] === true ? { severity: 'warning' } : {}),
})

const stateProof = (view: View, { where, state, code }: Ending) =>
  fieldProof(
    view.pod,
    statusPath(view, where),
    joined([textAt(state, 'reason'), code === undefined ? undefined : `exit code ${code}`, restartsText(view)]),
  )

function useProof({ pod, container, facts }: View, { by }: Ending) {
  const usage = by === 'memory' ? facts.usageOf(pod, container.name) : undefined
  return usage && metricProof(pod, container.name, `uses ${bytesText(usage.memory)} of memory now`)
}

function backOff({ pod, events }: View) {
  const event = events.find(({ reason }) => reason === 'BackOff')
  return event && eventProof(pod, event)
}

const spoken = (view: View, ending: Ending) => {
  const lines = lastWords(linesOf(view, ending) ?? [])
  return logProofs(view.pod, view.container.name, lines)
}

const memory = (view: View, { message, code }: Ending): Told => {
  const limit = textAt(view.container.spec, 'resources.limits.memory')
  const killed =
    message === ''
      ? `was killed by the kernel (OOMKilled, exit code ${code ?? 'unknown'})`
      : 'could not even start (OOM-killed)'
  return {
    cause:
      limit === undefined
        ? `${who(view)} has no memory limit of its own and ${killed}: the memory of its pod or of the node ran out`
        : `${who(view)} wanted more memory than its limit of ${limit} and ${killed}`,
    next: [raiseMemoryStep(view), logsStep(view.pod, view.container.name, true)],
  }
}

/** `exits with code 3: panic: no database`: how it ended, what that means, and its last words. */
function exit(view: View, ending: Ending): Told {
  const runs = ending.where === 'lastState'
  const lines = linesOf(view, ending)
  const clue = clueIn(lines ?? [], view)
  return {
    cause: joined([`${who(view)} ${ended(ending)}: ${saying(lines)}`, clue?.text], '; '),
    next: [...(clue?.next ?? []), logsStep(view.pod, view.container.name, runs), ...leads(view, ending)],
  }
}

function ended({ code, state }: Ending): string {
  if (code === undefined) return 'ends, and no exit code was recorded'
  if (code === 0) return 'ends in order (exit code 0) where it is meant to keep running'
  const reason = textAt(state, 'reason')
  const meaning = [meaningOf(code), reason === 'Error' ? undefined : reason].filter((each) => each !== undefined)
  return `exits with code ${code}${meaning.length === 0 ? '' : ` (${meaning.join(', ')})`}`
}

function saying(lines: readonly string[] | undefined): string {
  if (lines === undefined) return 'its last words were not read'
  return decisiveLine(lines) ?? 'it wrote nothing to its log'
}

// With its events expired, a kill by a probe looks like any other.
function leads({ container }: View, { code }: Ending): NextStep[] {
  if (code === 0) return [advice('Let its command run in the foreground, or make it a Job.')]
  const probe = ['liveness', 'startup'].find((kind) => `${kind}Probe` in container.spec)
  if ((code !== 137 && code !== 143) || probe === undefined) return []
  return [advice(`It has a ${probe} probe: whether that ended it is not known, no event says so.`)]
}

const othersRun = ({ container, all }: View): boolean =>
  all.some((each) => each !== container && each.role !== 'init container' && 'running' in Object(each.status['state']))

// Neither is started again: what it did is over, and a rule about pods or Jobs says so.
const isFinal = ({ pod }: View, { where }: Ending): boolean =>
  where === 'state' && textAt(pod, 'status.phase') === 'Failed'

const isEvicted = ({ pod }: View): boolean => textAt(pod, 'status.reason') !== undefined

const notInit = ({ container }: View): boolean => container.role !== 'init container'
const loops = (view: View, ending: Ending): boolean =>
  ending.by === 'exit' && !isFinal(view, ending) && !cannotRun(view, ending) && !isEvicted(view)

/** Containers that end and are started again: for memory, by themselves, one of several, or before the others. */
export const crashRules: readonly Rule[] = [
  defineCrashRule(
    { id: 'oom-killed', title: 'Container killed for memory', severity: 'critical' },
    (view, { by }) => by === 'memory' && !isEvicted(view),
    memory,
  ),
  defineCrashRule(
    { id: 'init-failing', title: 'Init container fails', severity: 'critical' },
    (view, ending) => !notInit(view) && ending.by === 'exit' && !cannotRun(view, ending) && !isEvicted(view),
    (view, ending) => {
      const { cause, next } = exit(view, ending)
      return { cause: `${cause}; the other containers wait for it`, next }
    },
  ),
  defineCrashRule(
    { id: 'sidecar-crash', title: 'One container of several crashes', severity: 'critical' },
    (view, ending) => notInit(view) && loops(view, ending) && othersRun(view),
    (view, ending) => {
      const { cause, next } = exit(view, ending)
      return { cause: `${cause}; its other containers run`, next }
    },
  ),
  defineCrashRule(
    { id: 'crash-loop', title: 'Container keeps crashing', severity: 'critical' },
    (view, ending) => notInit(view) && loops(view, ending) && !othersRun(view),
    exit,
  ),
  defineCrashRule(
    { id: 'pod-failed', title: 'Pod failed and is not restarted', severity: 'warning' },
    (view, ending) =>
      notInit(view) && ending.by === 'exit' && isFinal(view, ending) && !cannotRun(view, ending) && !isEvicted(view),
    (view, ending) => {
      const { cause, next } = exit(view, ending)
      return { cause: cause.replace(' exits with', ' ended with'), next }
    },
  ),
]
