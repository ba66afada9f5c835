import { textAt, textsAt } from '../../describe/read.ts'
import { clip, joined, oneLine } from '../../describe/words.ts'
import type { NextStep, Proof } from '../finding.ts'
import type { Rule, Verdict } from '../rule.ts'
import { defineContainerRule, sinceUnready, specPath, statusPath, type View, who } from './support/containers.ts'
import { type Ending, endingOf, hookFailure } from './support/ending.ts'
import { cannotRun, decisiveLine, isWrongFormat, lastWords, linesOf } from './support/last-words.ts'
import { eventProof, fieldProof, logProofs, proofs } from './support/proof.ts'
import { advice, describeStep, logsStep } from './support/steps.ts'

const MOST_MESSAGE = 300

// runc, crun and the kernel on a program that is not there, may not be run, or is for another processor. The second part: the program.
const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/exec: "([^"]{1,300})": stat \S+ no such file or directory/, 'is not in its image'],
  [/exec: "([^"]{1,300})": (?:executable file )?not found in \$PATH/, 'is not in its image'],
  [/executable file [`'"]([^`'"]{1,300})[`'"] not found/, 'is not in its image'],
  [/exec: "([^"]{1,300})": permission denied/, 'may not be run: permission denied'],
  [/exec: "([^"]{1,300})": is a directory/, 'is a directory'],
  [
    /exec (?:user process caused: )?"?([^":]{0,300})"?: ?exec format error|exec format error/,
    'is for another processor or not a program',
  ],
  [
    /exec (?:user process caused: )?"?([^":]{1,300})"?: no such file or directory/,
    'or the interpreter that it names is not in its image',
  ],
  [
    /open executable: (?:`([^`]{1,300})`: )?(?:No such file|Permission denied)/i,
    'is not in its image or may not be run',
  ],
]

/** A runtime names every layer it went through; what the innermost has to say stands at the end. */
const innermost = (message: string): string =>
  oneLine(message.split('unable to start container process: ').at(-1) ?? '').replace(
    /^(?:rpc error: code = \w+ desc = |Error: )/,
    '',
  )

// Waiting for its next start a container says no more than RunContainerError; the event has the words.
function wordsOf(view: View, { message }: Ending): string {
  const hook = hookFailure(view)
  if (hook !== undefined) return `its postStart hook fails: ${withoutPod(hook.message)}`
  return innermost(message === '' ? (view.events.find(({ reason }) => reason === 'Failed')?.message ?? '') : message)
}

const withoutPod = (message: string): string => message.replace(/ in Pod "[^"]{1,400}"/, '')

function startVerdict(view: View): Verdict | undefined {
  const ending = endingOf(view)
  if (ending?.by !== 'start') return undefined
  const found = commandTrouble(wordsOf(view, ending))
  return (
    found &&
    verdict(view, ending, `${who(view)} cannot start: ${program(view, found.name)} ${found.what}`, commandSteps(view))
  )
}

function commandTrouble(words: string): { name: string | undefined; what: string } | undefined {
  for (const [pattern, what] of COMMANDS) {
    const match = pattern.exec(words)
    if (match !== null) return { name: match[1], what }
  }
  return undefined
}

const program = (view: View, name: string | undefined): string => `program ${name ?? commandOf(view) ?? 'of its image'}`

const commandOf = ({ container }: View): string | undefined =>
  textsAt(container.spec, 'command')[0] ?? textsAt(container.spec, 'args')[0]

const commandSteps = ({ container, pod }: View): NextStep[] => [
  advice(
    `Correct the command, or use an image that has it; now ${textAt(container.spec, 'image') ?? 'no image is named'}.`,
  ),
  describeStep('See the pod and its events.', pod),
]

// A shell in the container, or the kernel in its place, could not run what it was to run: the log has the name.
function shellVerdict(view: View): Verdict | undefined {
  const ending = endingOf(view)
  if (ending === undefined || ending.by !== 'exit' || !cannotRun(view, ending)) return undefined
  const lines = linesOf(view, ending)
  const { name } = view.container
  const told = verdict(view, ending, `${who(view)} ${shellWords(ending, lines)}`, [
    logsStep(view.pod, name, ending.where === 'lastState'),
    ...commandSteps(view).slice(0, 1),
  ])
  return { ...told, evidence: [...told.evidence, ...logProofs(view.pod, name, lastWords(lines ?? []))] }
}

function shellWords({ code = 127 }: Ending, lines: readonly string[] | undefined): string {
  const meaning = isWrongFormat(lines) ? 'its program is for another processor' : SHELL[code]
  const unread = lines === undefined ? 'its last words were not read' : 'it wrote nothing to its log'
  return `exits with code ${code}, ${meaning}: ${decisiveLine(lines ?? []) ?? unread}`
}

const SHELL: Readonly<Record<number, string>> = {
  126: 'a program that it calls may not be run',
  127: 'a program that it calls was not found',
}

// The program is there, and the runtime cannot give it what it asks for: a working directory, a user, a mount.
function runtimeVerdict(view: View): Verdict | undefined {
  const ending = endingOf(view)
  if (ending?.by !== 'start') return undefined
  const words = wordsOf(view, ending)
  if (commandTrouble(words) !== undefined) return undefined
  const said = words === '' ? 'neither its status nor an event says why' : clip(words, MOST_MESSAGE)
  return verdict(view, ending, `${who(view)} cannot be started: ${said}`, [
    describeStep('See the pod and its events.', view.pod),
  ])
}

const verdict = (view: View, ending: Ending, cause: string, next: readonly NextStep[]): Verdict => ({
  cause,
  evidence: proofs(stateProof(view, ending), commandProof(view), failedEvent(view)),
  next,
  since: sinceUnready(view),
})

const stateProof = (view: View, { where, state, message }: Ending): Proof =>
  fieldProof(view.pod, statusPath(view, where), joined([textAt(state, 'reason'), innermost(message)], ': '))

function commandProof(view: View): Proof | undefined {
  const command = textsAt(view.container.spec, 'command')
  return command.length === 0 ? undefined : fieldProof(view.pod, specPath(view, 'command'), command.join(' '))
}

function failedEvent({ pod, events }: View): Proof | undefined {
  const event = events.find(({ reason }) => ['FailedPostStartHook', 'Failed'].includes(reason))
  return event && eventProof(pod, event)
}

/** Containers whose program does not start. */
export const commandRules: readonly Rule[] = [
  defineContainerRule({
    id: 'command-not-found',
    title: 'Program cannot be started',
    severity: 'critical',
    judge: (view) => startVerdict(view) ?? shellVerdict(view),
  }),
  defineContainerRule({
    id: 'container-not-created',
    title: 'Container cannot be started',
    severity: 'critical',
    judge: runtimeVerdict,
  }),
]
