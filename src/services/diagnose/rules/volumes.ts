import type { KubeObject } from '../../../kubernetes/types.ts'
import { elapsed } from '../../describe/age.ts'
import { containersOf } from '../../describe/containers.ts'
import type { Occurrence } from '../../describe/events.ts'
import { at, conditionOf, type Fields, listAt, textAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Rule, Verdict } from '../rule.ts'
import { definePodRule, type PodView } from './support/pods.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { namesOf, nearest } from './support/references.ts'
import { advice, describeStep, listStep } from './support/steps.ts'
import { nameOfWorkload } from './support/workloads.ts'

const MOST_MESSAGE = 300
// Mounting takes seconds; pulling a large image or attaching a disk may take minutes.
const SETUP = 60_000
const SLOW = 10 * 60_000

const ATTACH = ['FailedAttachVolume']
const MOUNT = ['FailedMount', 'FailedMapVolume']
const SANDBOX = [
  'FailedCreatePodSandBox',
  'NetworkNotReady',
  'FailedCreatePodContainer',
  'FailedPrepareDynamicResources',
]

/** True for a pod that its kubelet has taken on and none of whose containers could be made yet: volumes and network come first. */
const isBeingSetUp = (pod: KubeObject): boolean =>
  textAt(pod, 'status.startTime') !== undefined &&
  conditionOf(pod, 'PodReadyToStartContainers')?.status !== 'True' &&
  containersOf(pod).every(({ status }) => SETTING_UP.includes(textAt(status, 'state.waiting.reason') ?? ''))

const SETTING_UP = ['ContainerCreating', 'PodInitializing']

// Once a container gets its image, volumes and network are there: what went wrong before is over.
function sinceProgress(events: readonly Occurrence[]): readonly Occurrence[] {
  const progress = events.findIndex(({ reason }) => ['Pulling', 'Pulled', 'Created', 'Started'].includes(reason))
  return progress === -1 ? events : events.slice(0, progress)
}

// The kubelet repeats what it waits for; only the first telling says why.
const isWaiting = ({ message }: Occurrence): boolean => message.startsWith('Unable to attach or mount volumes')

function warningOf({ pod, events }: PodView, reasons: readonly string[]): Occurrence | undefined {
  if (!isBeingSetUp(pod)) return undefined
  const found = sinceProgress(events).filter(({ reason }) => reasons.includes(reason))
  return found.find((each) => !isWaiting(each)) ?? found[0]
}

/** A volume that takes its content from an object that is not there. */
interface Lost {
  volume: string
  kind: 'ConfigMap' | 'Secret'
  name: string
  key?: string
}

const SOURCES = [
  { kind: 'ConfigMap', at: 'configMap', name: 'name' },
  { kind: 'Secret', at: 'secret', name: 'secretName' },
] as const

function mountVerdict(view: PodView): Verdict | undefined {
  const event = warningOf(view, MOUNT)
  const lost = (event && lostIn(view.pod, event.message)) ?? lostByFacts(view)
  if (event === undefined && lost === undefined) return undefined
  const name = nameOfWorkload(view.pod, view.facts)
  const { namespace } = view.pod.metadata
  const cause =
    lost === undefined
      ? `a volume of ${name} cannot be mounted: ${mountWords(event)}`
      : `${lostText(view, lost)}; ${name} mounts it as volume ${lost.volume}`
  return {
    cause,
    evidence: proofs(
      event && eventProof(view.pod, event),
      lost && fieldProof(view.pod, `spec.volumes[${lost.volume}]`, joined([`${lost.kind} ${lost.name}`, lost.key])),
    ),
    next:
      lost === undefined
        ? [describeStep('See the pod and its events.', view.pod)]
        : [
            advice(`Create it, or correct the volume; the pod then starts by itself.`),
            listStep(`See which ${lost.kind}s are there.`, lost.kind, namespace),
          ],
    since: textAt(view.pod, 'status.startTime'),
  }
}

// `MountVolume.SetUp failed for volume "v" : configmap "nosuch" not found`, `references non-existent config key: a.yaml`
function lostIn(pod: KubeObject, message: string): Lost | undefined {
  const volume = /for volume "([^"]{1,253})"/.exec(message)?.[1] ?? ''
  const [, word, name] = /(configmap|secret) "([^"]{1,253})" not found/i.exec(message) ?? []
  if (word !== undefined && name !== undefined)
    return { volume, kind: word.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap', name }
  const key = /references non-existent (?:config|secret) key: ([^\s,]{1,253})/.exec(message)?.[1]
  const source = sourcesOf(pod).find((each) => each.volume === volume)
  return key === undefined || source === undefined ? undefined : { ...source, key }
}

// With its events expired, what a pod names and what is there still tells.
function lostByFacts({ pod, facts }: PodView): Lost | undefined {
  const waited = elapsed(facts.now, textAt(pod, 'status.startTime')) ?? 0
  if (!isBeingSetUp(pod) || waited < SETUP) return undefined
  const { namespace } = pod.metadata
  return sourcesOf(pod).find(
    ({ kind, name }) => facts.knows(kind, namespace) && facts.find(kind, namespace, name) === undefined,
  )
}

const sourcesOf = (pod: KubeObject): Lost[] =>
  listAt(pod, 'spec.volumes').flatMap((volume) =>
    [volume, ...listAt(volume, 'projected.sources')].flatMap((each) => sourceIn(each, textAt(volume, 'name') ?? '')),
  )

const sourceIn = (volume: Fields, called: string): Lost[] =>
  SOURCES.flatMap((source) => {
    const name = textAt(volume, `${source.at}.${source.name}`) ?? textAt(volume, `${source.at}.name`)
    const optional = at(volume, `${source.at}.optional`) === true
    return name === undefined || optional ? [] : [{ volume: called, kind: source.kind, name }]
  })

function lostText({ pod, facts }: PodView, { kind, name, key }: Lost): string {
  const { namespace } = pod.metadata
  const called = `${kind} ${namespace ?? ''}/${name}`
  return key === undefined
    ? `${called} does not exist${nearest(name, namesOf(kind, namespace, facts))}`
    : `${called} has no key "${key}"`
}

const mountWords = (event: Occurrence | undefined): string =>
  clip((event?.message ?? '').replace(/^MountVolume\.\w+ failed for volume ("[^"]+") ?: /, 'volume $1: '), MOST_MESSAGE)

function attachVerdict(view: PodView): Verdict | undefined {
  const event = warningOf(view, ATTACH)
  if (event === undefined) return undefined
  const used = /Multi-Attach error/.test(event.message)
  return {
    cause: `a disk of ${nameOfWorkload(view.pod, view.facts)} cannot be attached to node ${textAt(view.pod, 'spec.nodeName') ?? ''}: ${used ? 'it is attached to another node, and its access mode allows one' : clip(event.message, MOST_MESSAGE)}`,
    evidence: [eventProof(view.pod, event)],
    next: [
      advice(
        used
          ? 'Wait until the other pod is gone, or end it; one disk serves one node at a time.'
          : 'See what the storage driver says.',
      ),
      listStep('See which node has which disk.', 'VolumeAttachment'),
    ],
    since: textAt(view.pod, 'status.startTime'),
  }
}

// Neither its image nor its volumes: the runtime, the network plugin or a device could not be prepared.
function sandboxVerdict(view: PodView): Verdict | undefined {
  const event = warningOf(view, SANDBOX)
  const { pod, facts } = view
  const waited = elapsed(facts.now, textAt(pod, 'status.startTime')) ?? 0
  if (event === undefined && !isForgotten(view, waited)) return undefined
  const words = event === undefined ? 'no event says why' : clip(sandboxWords(event.message), MOST_MESSAGE)
  return {
    cause: `the pod of ${nameOfWorkload(pod, facts)} cannot be set up on its node: ${words}`,
    evidence: proofs(
      event && eventProof(pod, event),
      fieldProof(pod, 'spec.nodeName', textAt(pod, 'spec.nodeName') ?? ''),
    ),
    next: [
      describeStep('See the pod and its events.', pod),
      { text: 'See whether its node is ready.', operation: 'infra.k8s.nodes.listNodes', arguments: {} },
    ],
    since: textAt(pod, 'status.startTime'),
  }
}

const sandboxWords = (message: string): string =>
  message
    .replace(/^Failed to create pod sandbox: /, '')
    .replace(/rpc error: code = \w+ desc = /g, '')
    .replaceAll(/"[0-9a-f]{32,}"|\b[0-9a-f]{32,}\b/g, '…')

const isForgotten = ({ pod, events }: PodView, waited: number): boolean =>
  waited > SLOW &&
  containersOf(pod).some(
    ({ role, status }) =>
      role !== 'ephemeral container' && textAt(status, 'state.waiting.reason') === 'ContainerCreating',
  ) &&
  !events.some(({ reason }) => ['Pulling', ...MOUNT, ...ATTACH].includes(reason))

/** Pods that a node cannot set up. */
export const volumeRules: readonly Rule[] = [
  definePodRule({ id: 'volume-missing', title: 'Volume cannot be mounted', severity: 'critical', judge: mountVerdict }),
  definePodRule({
    id: 'volume-attach',
    title: 'Volume cannot be attached',
    severity: 'critical',
    judge: attachVerdict,
  }),
  definePodRule({
    id: 'container-creating',
    title: 'Pod cannot be set up',
    severity: 'critical',
    judge: sandboxVerdict,
  }),
]
