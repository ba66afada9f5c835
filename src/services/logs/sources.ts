import { Problem } from '../../errors.ts'
import type { Api } from '../../kubernetes/api.ts'
import { getObject, objectPage } from '../../kubernetes/lists.ts'
import { type LogQuery, type LogStream, openLog } from '../../kubernetes/logs.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { type Container, containersOf, stateOf } from '../describe/containers.ts'
import { scalarAt, textAt } from '../describe/read.ts'
import { MOST_SOURCES } from './limits.ts'
import type { Subject } from './question.ts'
import { shortHash } from './short-hash.ts'

/** One container whose log is read. */
export class Source {
  readonly pod: string
  /** Names it in cursors; the same before and after a container was chosen. */
  readonly key: string
  /** Differs for every start of the container; '' where nobody looked. */
  readonly run: string
  readonly running: boolean
  readonly #subject: Subject
  #container: string | undefined
  #note: string | undefined

  constructor(subject: Subject, pod: string, container?: Container) {
    this.#subject = subject
    this.pod = pod
    this.#container = container?.name ?? subject.container
    this.key = shortHash(`${pod}/${this.#container ?? ''}`)
    this.run = textAt(container?.status, 'containerID') ?? scalarAt(container?.status, 'restartCount') ?? ''
    this.running = container !== undefined && stateOf(container.status).word === 'running'
  }

  /** Undefined: the pod's only one, which the API server knows. */
  get container(): string | undefined {
    return this.#container
  }

  /** Which container was taken where nobody named one. */
  get note(): string | undefined {
    return this.#note
  }

  /** How the source stands in an answer. */
  get name(): string {
    return this.#container === undefined ? this.pod : `${this.pod}/${this.#container}`
  }

  /**
   * Opens its log. Where no container is named the API server is asked first, and the pod is read only if it has several:
   * then the one of its annotation is taken, or the first, as kubectl does.
   */
  async open(api: Api, query: Pick<LogQuery, 'follow' | 'tailLines' | 'sinceTime' | 'limitBytes'>): Promise<LogStream> {
    try {
      return await this.#open(api, query)
    } catch (error) {
      if (this.#container !== undefined || !isRefusal(error) || !(await this.#choose(api))) throw error
      return this.#open(api, query)
    }
  }

  #open(api: Api, query: Pick<LogQuery, 'follow' | 'tailLines' | 'sinceTime' | 'limitBytes'>): Promise<LogStream> {
    const { namespace, previous } = this.#subject
    return openLog(api, { ...query, namespace, previous, pod: this.pod, container: this.#container })
  }

  async #choose(api: Api): Promise<boolean> {
    const pod = await getObject(api, BUILT_IN.pods, this.#subject.namespace, this.pod)
    const containers = containersOf(pod)
    const chosen = defaultContainer(pod)
    if (chosen === undefined || containers.length < 2) return false
    const others = containers.filter(({ name }) => name !== chosen.name).map(described)
    this.#container = chosen.name
    this.#note = `The log is of container ${chosen.name}; the pod also has ${others.join(', ')} (container, or allContainers=true).`
    return true
  }
}

const isRefusal = (error: unknown): boolean => error instanceof Problem && error.status === 400

const described = ({ name, role }: Container) =>
  role === 'container' ? name : `${name} (${role.replace(' container', '')})`

function defaultContainer(pod: KubeObject): Container | undefined {
  const named = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  const containers = containersOf(pod)
  return containers.find(({ name }) => name === named) ?? containers.find(({ role }) => role === 'container')
}

/** The containers that a call is about. */
export interface Sources {
  sources: Source[]
  /** What a reader should know of the choice. */
  notes: string[]
  /** Whether one of the pods may still write, or another come. */
  alive: boolean
}

/** Finds them. A pod that is named, without all of its containers, is not read: its log alone will say whether it is there. */
export async function findSources(api: Api, subject: Subject): Promise<Sources> {
  const { name, namespace, allContainers } = subject
  if (name !== undefined && !allContainers) return { sources: [new Source(subject, name)], notes: [], alive: false }
  const { pods, more } =
    name === undefined
      ? await selected(api, subject)
      : { pods: [await getObject(api, BUILT_IN.pods, namespace, name)], more: false }
  const all = pods.flatMap((pod) => wantedOf(subject, pod).map((container) => ({ pod: pod.metadata.name, container })))
  const sources = all.filter(({ container }) => hasLog(container)).slice(0, MOST_SOURCES)
  return {
    sources: sources.map(({ pod, container }) => new Source(subject, pod, container)),
    notes: [...notesOn(subject, pods, all.length, more), ...all.flatMap(noLogYet)],
    alive: pods.some(mayWrite),
  }
}

async function selected(
  api: Api,
  { namespace, labelSelector }: Subject,
): Promise<{ pods: KubeObject[]; more: boolean }> {
  const { items, metadata } = await objectPage(api, BUILT_IN.pods, { namespace, labelSelector, limit: MOST_SOURCES })
  return { pods: items, more: (metadata.continue ?? '') !== '' }
}

function wantedOf({ allContainers, container }: Subject, pod: KubeObject): Container[] {
  if (allContainers) return containersOf(pod)
  if (container !== undefined) return containersOf(pod).filter(({ name }) => name === container)
  const chosen = defaultContainer(pod)
  return chosen === undefined ? [] : [chosen]
}

/** Why the log of a pod that was named is empty, where the pod can tell: the API server answers so for one that has no node yet. */
export async function emptyNotes(api: Api, subject: Subject): Promise<string[]> {
  try {
    const pod = await getObject(api, BUILT_IN.pods, subject.namespace, subject.name ?? '')
    return wantedOf(subject, pod).flatMap((container) => noLogYet({ pod: pod.metadata.name, container }))
  } catch (problem) {
    // Logs may be read by who may not read pods.
    if (problem instanceof Problem) return []
    throw problem
  }
}

const mayWrite = (pod: KubeObject): boolean => !['Succeeded', 'Failed'].includes(textAt(pod, 'status.phase') ?? '')

// A container that waits has the log of its last run, if there was one.
const hasLog = ({ status }: Container): boolean =>
  ['running', 'terminated'].includes(stateOf(status).word) || stateOf(status, 'lastState').word === 'terminated'

function noLogYet({ pod, container }: { pod: string; container: Container }): string[] {
  if (hasLog(container)) return []
  const { word, state } = stateOf(container.status)
  const why = [word === '' ? 'not started' : word, textAt(state, 'reason')]
    .filter((each) => each !== undefined)
    .join(', ')
  const message = textAt(state, 'message')
  return [`${pod}/${container.name} has no log yet: ${why}${message === undefined ? '' : ` (${message})`}.`]
}

function notesOn(
  { namespace, labelSelector, container }: Subject,
  pods: KubeObject[],
  count: number,
  more: boolean,
): string[] {
  if (pods.length === 0) return [`No pod in namespace ${namespace} matches ${labelSelector}.`]
  if (count === 0) return [`None of the ${pods.length} pods has a container ${container ?? ''}.`]
  if (!more && count <= MOST_SOURCES) return []
  return [
    `${more ? `More than ${count}` : count} containers match; at most ${MOST_SOURCES} are read. Narrow the labelSelector, or name a container.`,
  ]
}
