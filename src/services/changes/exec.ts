import Type, { type Static } from 'typebox'
import { Problem, problems } from '../../errors.ts'
import { exec, type ExecAnswer, NoAnswer } from '../../kubernetes/exec.ts'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { listAt, textAt } from '../describe/read.ts'
import { scrubText } from '../safety/scrub-text.ts'
import { compose, NO_BLAST, type Planning } from './compose.ts'
import { Refused, Stale, Unproven } from './outcomes.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { called, findObject, ObjectRef, objectRef } from './targets.ts'
import { isOwn } from './warnings.ts'
import { readBefore } from './writes.ts'

const Command = Type.Array(Type.String({ maxLength: 32_768 }), {
  minItems: 1,
  maxItems: 200,
  description: 'Program and arguments, no shell.',
})

export const ExecInput = {
  command: Command,
  stdin: Type.Optional(Type.String({ maxLength: 1_048_576, description: 'Input.' })),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 300, default: 60, description: 'Seconds.' })),
}

export interface ExecQuestion {
  namespace: string
  name: string
  container?: string
  command: string[]
  stdin?: string
  timeoutSeconds?: number
}

/** `containerId`: the container that was running then; a restarted one is another. */
export const ExecSteps = Closed({
  target: ObjectRef,
  container: Type.String(),
  containerId: Type.String(),
  command: Command,
  stdin: Type.Optional(Type.String()),
  timeoutSeconds: Type.Integer(),
})
export type ExecSteps = Static<typeof ExecSteps>

export const ExecResult = Closed({
  namespace: Type.String({ description: 'Namespace.' }),
  pod: Type.String({ description: 'Pod.' }),
  container: Type.String({ description: 'Container.' }),
  exitCode: Type.Optional(Type.Integer({ description: 'Exit code; absent: it is not known how the command ended.' })),
  stdout: Type.String({ description: 'Its output, secrets masked.' }),
  stderr: Type.String({ description: 'Its errors, secrets masked.' }),
  dropped: Type.Optional(Type.Integer({ description: 'Bytes beyond 1 MiB that were let go.' })),
  message: Type.Optional(Type.String({ description: 'Why there is no exit code.' })),
})
export type ExecResult = Static<typeof ExecResult>

/** A command in a running container. There is no dry run of it. Throws `own_server` for this server's own pods. */
export async function planExec(
  cluster: Cluster,
  input: ExecQuestion,
  planning: Planning = {},
): Promise<Plan<ExecSteps>> {
  const { namespace, name, command, stdin, timeoutSeconds = 60 } = input
  if (command[0] === undefined || command[0] === '')
    throw problems.badInput('command is empty.', 'Give a program and its arguments.')
  const pod = await getObject(cluster.api, BUILT_IN.pods, namespace, name)
  if (isOwn(pod, planning.own ?? { namespaces: [] }))
    throw problems.ownServer(`${called(pod)} is part of this server: no command is run there.`)
  const container = containerOf(pod, input.container)
  const containerId = runningId(pod, container)
  if (containerId === undefined)
    throw problems.badInput(`Container ${container} of ${called(pod)} is not running.`, 'getPod says why.')
  await mayExec(cluster, namespace, name)
  return compose(
    cluster,
    {
      summary: `Run ${JSON.stringify(command)} in container ${container} of ${called(pod)} on context ${cluster.context}`,
      effects: [{ type: BUILT_IN.pods, action: 'run', before: pod, rows: rowsOf(input), dryRun: false }],
      blast: NO_BLAST,
      base: {
        risk: 'high',
        reason: 'A command can do whatever its container may, and nothing of it can be tried before.',
      },
      notes: [
        'A command has no dry run and no undo.',
        ...(stdin === undefined ? [] : [`It reads ${Buffer.byteLength(stdin)} bytes.`]),
      ],
      steps: {
        target: objectRef(BUILT_IN.pods, pod),
        container,
        containerId,
        command,
        ...(stdin === undefined ? {} : { stdin }),
        timeoutSeconds,
      },
    },
    planning,
  )
}

const rowsOf = ({ command, stdin }: ExecQuestion) => [
  ...command.map((word, index) => ({ path: `command[${index}]`, op: 'add' as const, to: scrubText(word) })),
  ...(stdin === undefined ? [] : [{ path: 'stdin', op: 'add' as const, to: shown(scrubText(stdin)) }]),
]

const MOST_SHOWN = 16_384

const shown = (text: string) =>
  text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}… (${text.length} characters, the rest is not shown)`

const DEFAULT = 'kubectl.kubernetes.io/default-container'

function containerOf(pod: KubeObject, asked: string | undefined): string {
  const names = ['containers', 'initContainers', 'ephemeralContainers']
    .flatMap((field) => listAt(pod, `spec.${field}`))
    .map((each) => textAt(each, 'name') ?? '')
  const wanted = asked ?? pod.metadata.annotations?.[DEFAULT] ?? names[0] ?? ''
  if (!names.includes(wanted))
    throw problems.badInput(`${called(pod)} has no container ${wanted}.`, `It has ${names.join(', ')}.`)
  return wanted
}

function runningId(pod: KubeObject, container: string): string | undefined {
  const all = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap((field) =>
    listAt(pod, `status.${field}`),
  )
  const own = all.find((each) => textAt(each, 'name') === container && 'running' in Object(each['state']))
  return own === undefined ? undefined : (textAt(own, 'containerID') ?? textAt(own, 'state.running.startedAt'))
}

/** Asks before a person does whether the identity may: there is no dry run that would say so. */
async function mayExec({ api }: Cluster, namespace: string, name: string): Promise<void> {
  const resourceAttributes = { verb: 'create', resource: 'pods', subresource: 'exec', namespace, name }
  const body = JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  })
  const review = await api.json<{ status?: { allowed?: boolean; reason?: string } }>({
    method: 'POST',
    path: ['apis', 'authorization.k8s.io', 'v1', 'selfsubjectaccessreviews'],
    body,
  })
  if (review.status?.allowed === true) return
  throw problems.kubernetes(
    403,
    'forbidden',
    `The identity of context ${api.context} may not run commands in pod ${namespace}/${name} (create pods/exec).`,
  )
}

export async function executeExec(
  cluster: Cluster,
  steps: ExecSteps,
  execution: Execution,
  _fresh?: Plan<ExecSteps>,
): Promise<Done<ExecResult>> {
  const { target, container, containerId, command, stdin, timeoutSeconds } = steps
  const { namespace = '', name } = target
  const pod = await readBefore(() => findObject(cluster, BUILT_IN.pods, namespace, name))
  if (pod === undefined || pod.metadata.uid !== target.uid)
    throw new Stale(`Pod ${name} is not the one that was planned for.`)
  if (runningId(pod, container) !== containerId)
    throw new Stale(`Container ${container} of pod ${name} has restarted since, or has ended.`)
  await execution.beforeSend()
  const request = {
    namespace,
    pod: name,
    container,
    command,
    timeout: timeoutSeconds * 1000,
    ...(stdin === undefined ? {} : { stdin }),
  }
  return { outcome: 'succeeded', output: resultOf(steps, await run(cluster, request)) }
}

async function run(cluster: Cluster, request: Parameters<typeof exec>[2]): Promise<ExecAnswer> {
  try {
    return await exec(cluster.api, cluster.call, request)
  } catch (error) {
    if (error instanceof NoAnswer || !(error instanceof Problem))
      throw new Unproven(`The command may have run: ${error instanceof Error ? error.message : ''}`, { cause: error })
    throw new Refused(error)
  }
}

/** The answer, masked. Throws `Unproven`, with what came back, where nobody saw the command end. */
function resultOf({ target, container }: ExecSteps, answer: ExecAnswer): ExecResult {
  const { exitCode, message, dropped } = answer
  const output = {
    namespace: target.namespace ?? '',
    pod: target.name,
    container,
    ...(exitCode === undefined ? {} : { exitCode }),
    stdout: scrubText(answer.stdout),
    stderr: scrubText(answer.stderr),
    ...(dropped === 0 ? {} : { dropped }),
    ...(message === undefined ? {} : { message }),
  }
  if (answer.ended === 'exited') return output
  throw new Unproven(message ?? 'The command ended without an exit code.', { output })
}

/** A command leaves no trace that could be looked for. */
export const evidenceExec = async (): Promise<Evidence> => ({
  outcome: 'unknown',
  text: 'What a command did cannot be seen from outside.',
})
