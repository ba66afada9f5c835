import Type, { type Static } from 'typebox'
import { getObject } from '../kubernetes/lists.ts'
import { BUILT_IN } from '../kubernetes/paths.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import { Closed, KubernetesObject } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { type Container, containersOf, stateOf } from './describe/containers.ts'
import { age } from './describe/age.ts'
import { printedPod } from './describe/pod-status.ts'
import { at, type Condition, conditionOf, conditionsAt, listAt, numberAt, textAt } from './describe/read.ts'
import { type Cells, list, type ListAnswer, type ListInput, type RowReader } from './lists.ts'
import { maskObject } from './safety/mask-object.ts'

/** A pod as `kubectl get pods -o wide` shows it. */
export const PodRow = Closed({
  name: Type.String({ description: 'Name.' }),
  namespace: Type.String({ description: 'Namespace.' }),
  ready: Type.String({ description: 'Ready containers of all, e.g. 1/2.' }),
  status: Type.String({ description: "kubectl's status word: Running, CrashLoopBackOff, Completed ..." }),
  restarts: Type.Integer({ description: 'Restarts of all containers.' }),
  lastRestart: Type.Optional(Type.String({ description: 'How long ago the last restart was.' })),
  age: Type.String({ description: 'Time since creation.' }),
  ip: Type.String({ description: 'Pod IP.' }),
  node: Type.String({ description: 'Node.' }),
  nominatedNode: Type.String({ description: 'Node it waits for by preemption.' }),
  readinessGates: Type.String({ description: 'Readiness gates passed of all.' }),
})
export type PodRow = Static<typeof PodRow>

/** One container of a pod: what runs, and how it is. */
export const ContainerState = Closed({
  name: Type.String({ description: 'Name.' }),
  role: Type.String({ description: 'container, init container, sidecar container or ephemeral container.' }),
  image: Type.String({ description: 'Image asked for.' }),
  ready: Type.Boolean({ description: 'Whether it is ready.' }),
  restarts: Type.Integer({ description: 'How often it was restarted.' }),
  state: Type.String({ description: 'running, waiting or terminated; empty before it was started.' }),
  reason: Type.Optional(Type.String({ description: 'Why it waits or ended.' })),
  message: Type.Optional(Type.String({ description: 'What the kubelet says about that.' })),
  exitCode: Type.Optional(Type.Integer({ description: 'Exit code, where it ended.' })),
  lastState: Type.Optional(Type.String({ description: 'How it ended the time before.' })),
})
export type ContainerState = Static<typeof ContainerState>

/** One pod: its row, its containers, and the object where asked for. */
export const PodDetail = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  ...PodRow.properties,
  phase: Type.String({ description: 'Pending, Running, Succeeded, Failed or Unknown.' }),
  labels: Type.Record(Type.String(), Type.String(), { description: 'Labels.' }),
  ownedBy: Type.Array(Type.String(), { description: 'Owners, e.g. ReplicaSet/web-5d9.' }),
  conditions: Type.Array(Type.String(), { description: 'Conditions that are not as they should be.' }),
  containers: Type.Array(ContainerState, { description: 'Containers in the order in which they start.' }),
  object: Type.Optional(KubernetesObject),
})
export type PodDetail = Static<typeof PodDetail>

/** Pods of one cluster. */
export class Pods {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** `ready: false` keeps what needs a look: pods that are neither fully ready nor completed. */
  list(input: ListInput & { ready?: boolean }): Promise<ListAnswer<PodRow>> {
    const { ready, ...question } = input
    return list(this.#cluster, BUILT_IN.pods, question, ready === undefined ? reader : filtered(ready))
  }

  /** One pod; `format: 'objects'` adds the whole object, masked. */
  async get(input: { namespace: string; name: string; format?: 'rows' | 'objects' }): Promise<PodDetail> {
    const object = maskObject(await getObject(this.#cluster.api, BUILT_IN.pods, input.namespace, input.name))
    return {
      context: this.#cluster.context,
      ...rowOf(object),
      ...detail(object),
      ...(input.format === 'objects' ? { object } : {}),
    }
  }
}

const NONE = '<none>'

/** The row of a pod by the object alone: for one pod the API server needs half as long for it as for its Table. */
function rowOf(pod: KubeObject): PodRow {
  const now = new Date()
  const { ready, total, status, restarts, lastRestart } = printedPod(pod)
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    ready: `${ready}/${total}`,
    status,
    restarts,
    ...(lastRestart === undefined ? {} : { lastRestart: `${age(now, lastRestart)} ago` }),
    age: age(now, pod.metadata.creationTimestamp),
    ip: textAt(listAt(pod, 'status.podIPs')[0], 'ip') ?? NONE,
    node: textAt(pod, 'spec.nodeName') ?? NONE,
    nominatedNode: textAt(pod, 'status.nominatedNodeName') ?? NONE,
    readinessGates: gatesOf(pod),
  }
}

function gatesOf(pod: KubeObject): string {
  const gates = listAt(pod, 'spec.readinessGates')
  const passed = gates.filter((gate) => conditionOf(pod, textAt(gate, 'conditionType') ?? '')?.status === 'True')
  return gates.length === 0 ? NONE : `${passed.length}/${gates.length}`
}

function detail(pod: KubeObject): Omit<PodDetail, keyof PodRow | 'context' | 'object'> {
  return {
    phase: textAt(pod, 'status.phase') ?? '',
    labels: pod.metadata.labels ?? {},
    ownedBy: (pod.metadata.ownerReferences ?? []).map((owner) => `${owner.kind}/${owner.name}`),
    conditions: conditionsAt(pod, 'status.conditions')
      .filter((each) => each.status === 'False')
      .map(conditionText),
    containers: containersOf(pod).map(containerState),
  }
}

const conditionText = ({ type, reason, message }: Condition) =>
  [`not ${type}`, ...(reason === undefined ? [] : [reason]), ...(message === undefined ? [] : [message])].join(': ')

function containerState({ name, role, spec, status }: Container): ContainerState {
  const { word, state } = stateOf(status)
  const last = stateOf(status, 'lastState')
  const [reason, message, exitCode] = [textAt(state, 'reason'), textAt(state, 'message'), numberAt(state, 'exitCode')]
  return {
    name,
    role,
    image: textAt(spec, 'image') ?? '',
    ready: at(status, 'ready') === true,
    restarts: numberAt(status, 'restartCount') ?? 0,
    state: word,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(last.word === '' ? {} : { lastState: lastText(last.state) }),
  }
}

const lastText = (state: unknown) =>
  [textAt(state, 'reason'), `exit code ${numberAt(state, 'exitCode') ?? '?'}`, textAt(state, 'finishedAt')]
    .filter((part) => part !== undefined)
    .join(', ')

const reader: RowReader<PodRow> = { read: podRow }

function filtered(ready: boolean): RowReader<PodRow> {
  return { read: podRow, keep: (row) => settled(row) === ready, keepObject: (object) => isReady(object) === ready }
}

function podRow(cells: Cells, namespace: string | undefined): PodRow {
  const [, count = '0', since] = /^(\d+)(?: \((.*)\))?$/.exec(cells('Restarts')) ?? []
  return {
    name: cells('Name'),
    namespace: namespace ?? '',
    ready: cells('Ready'),
    status: cells('Status'),
    restarts: Number(count),
    ...(since === undefined ? {} : { lastRestart: since }),
    age: cells('Age'),
    ip: cells('IP'),
    node: cells('Node'),
    nominatedNode: cells('Nominated Node'),
    readinessGates: cells('Readiness Gates'),
  }
}

function settled({ ready, status, readinessGates }: PodRow): boolean {
  return status === 'Completed' || (status === 'Running' && isAll(ready) && isAll(readinessGates))
}

/** `2/2`, and `<none>`. */
function isAll(text: string): boolean {
  const [now, wanted = now] = text.split('/')
  return now === wanted
}

// As the row says it: a pod that is being deleted is `Terminating`, ready or not.
const isReady = (pod: KubeObject): boolean =>
  textAt(pod, 'status.phase') === 'Succeeded' ||
  (pod.metadata.deletionTimestamp === undefined && conditionOf(pod, 'Ready')?.status === 'True')
