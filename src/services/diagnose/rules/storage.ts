import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../../describe/age.ts'
import { eventsAbout, type Occurrence } from '../../describe/events.ts'
import { quantity } from '../../describe/quantity.ts'
import { conditionsAt, textAt, textsAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import { usersOf } from '../family.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { called } from '../../changes/targets.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { namesOf, nearest } from './support/references.ts'
import { advice, describeStep, listStep } from './support/steps.ts'

/** A provisioner takes its time. */
const PROVISIONING = 120_000
const BINDING = 30_000
const MOST_MESSAGE = 300

const CLASS = 'StorageClass.storage.k8s.io'
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'
// In these words the controllers wait in order: for the first pod, or for the scheduler.
const WAITING = ['WaitForFirstConsumer', 'WaitForPodScheduled']

const isPending = (claim: KubeObject): boolean => (textAt(claim, 'status.phase') ?? 'Pending') === 'Pending'
const lastEvent = (object: KubeObject, facts: Facts): Occurrence | undefined =>
  eventsAbout(facts.all('Event'), object)[0]

function classMissing(claim: KubeObject, facts: Facts): Verdict | undefined {
  const name = textAt(claim, 'spec.storageClassName')
  if (!isPending(claim) || name === undefined || textAt(claim, 'spec.volumeName') !== undefined) return undefined
  const event = lastEvent(claim, facts)
  const isTold = event !== undefined && /storageclass\.storage\.k8s\.io "[^"]{1,253}" not found/.test(event.message)
  const isKnown = facts.find(CLASS, undefined, name) !== undefined
  if (isKnown || (!isTold && !facts.knows(CLASS))) return undefined
  const classes = namesOf(CLASS, undefined, facts)
  const others =
    classes.length === 0 && facts.knows(CLASS) ? '; the cluster has no StorageClass at all' : nearest(name, classes)
  return {
    cause: `${called(claim)} asks for StorageClass ${name}, which does not exist${others}`,
    evidence: proofs(fieldProof(claim, 'spec.storageClassName', name), event && eventProof(claim, event)),
    next: [
      advice(
        `Create StorageClass ${name}, or make the claim anew with a class that is there: the class of a claim cannot be changed.`,
      ),
      listStep('See which classes are there.', 'StorageClass'),
    ],
    since: claim.metadata.creationTimestamp,
    explains: usersOf(claim, facts),
  }
}

/** No class is named, and there is no default: only a volume made by hand would do. */
function unbound(claim: KubeObject, facts: Facts): Verdict | undefined {
  const event = lastEvent(claim, facts)
  if (!isPending(claim) || event?.reason !== 'FailedBinding') return undefined
  const { storageClassName } = { storageClassName: textAt(claim, 'spec.storageClassName') }
  const what =
    storageClassName === undefined
      ? `names no StorageClass, ${defaultText(facts)}, and no PersistentVolume fits it`
      : `finds no PersistentVolume of class ${storageClassName} that fits it`
  return {
    cause: joined([`${called(claim)} ${what}`, nearestVolume(claim, facts)], '; '),
    evidence: [fieldProof(claim, 'status.phase', 'Pending'), eventProof(claim, event)],
    next: [
      advice(
        'Make the claim anew with a storageClassName, mark a class as the default, or create a PersistentVolume that fits.',
      ),
      listStep('See which classes are there.', 'StorageClass'),
    ],
    since: claim.metadata.creationTimestamp,
    explains: usersOf(claim, facts),
  }
}

function defaultText(facts: Facts): string {
  if (!facts.knows(CLASS)) return 'no default class is known'
  const isDefault = facts.all(CLASS).some(({ metadata: { annotations } }) => annotations?.[DEFAULT_CLASS] === 'true')
  return isDefault ? 'the default class was not there when it was made' : 'the cluster has no default class'
}

/** Why the volume that comes nearest does not fit: `volume data-1 is ReadOnlyMany, 1Gi`. */
function nearestVolume(claim: KubeObject, facts: Facts): string | undefined {
  const free = facts
    .all('PersistentVolume')
    .filter((volume) => textAt(volume, 'status.phase') === 'Available')
    .filter((volume) => textAt(volume, 'spec.storageClassName') === textAt(claim, 'spec.storageClassName'))
  const [volume] = free
  if (volume === undefined) return undefined
  const wanted = textAt(claim, 'spec.resources.requests.storage')
  const has = textAt(volume, 'spec.capacity.storage')
  const missing = textsAt(claim, 'spec.accessModes').filter(
    (mode) => !textsAt(volume, 'spec.accessModes').includes(mode),
  )
  const small =
    (quantity(has) ?? Infinity) < (quantity(wanted) ?? 0)
      ? `has ${has ?? ''} of the ${wanted ?? ''} asked for`
      : undefined
  const modes = missing.length === 0 ? undefined : `does not offer ${missing.join(', ')}`
  const why = joined([modes, small], ' and ')
  return why === '' ? undefined : `volume ${volume.metadata.name} ${why}`
}

/** The class is there, and nothing comes of it. */
function notProvisioned(claim: KubeObject, facts: Facts): Verdict | undefined {
  const since = elapsed(facts.now, claim.metadata.creationTimestamp) ?? 0
  const event = lastEvent(claim, facts)
  if (!isPending(claim) || since < BINDING || event?.reason === 'FailedBinding') return undefined
  if (event !== undefined && (WAITING.includes(event.reason) || (event.type === 'Normal' && since < PROVISIONING)))
    return undefined
  if (event === undefined && isFirstConsumerClass(claim, facts)) return undefined
  const provisioner = provisionerOf(claim, facts)
  const by = provisioner === undefined ? '' : ` by ${provisioner}`
  const why = event === undefined ? 'no event says why' : `${event.reason}: ${clip(event.message, MOST_MESSAGE)}`
  return {
    cause: `${called(claim)} is not provisioned${by} after ${duration(since)}: ${why}`,
    evidence: proofs(fieldProof(claim, 'status.phase', 'Pending'), event && eventProof(claim, event)),
    next: [
      advice(
        `See whether the provisioner runs and may work${provisioner === undefined ? '' : ` (${provisioner})`}: its log says why.`,
      ),
      describeStep('See the claim and its events.', claim),
    ],
    since: claim.metadata.creationTimestamp,
    explains: usersOf(claim, facts),
  }
}

const classOf = (claim: KubeObject, facts: Facts): KubeObject | undefined =>
  facts.find(CLASS, undefined, textAt(claim, 'spec.storageClassName') ?? '')
const provisionerOf = (claim: KubeObject, facts: Facts): string | undefined =>
  textAt(classOf(claim, facts), 'provisioner')
// A claim that no pod uses waits for one, as long as it takes.
const isFirstConsumerClass = (claim: KubeObject, facts: Facts): boolean =>
  textAt(classOf(claim, facts), 'volumeBindingMode') === 'WaitForFirstConsumer' && usersOf(claim, facts).length === 0

function lost(claim: KubeObject, facts: Facts): Verdict | undefined {
  if (textAt(claim, 'status.phase') !== 'Lost') return undefined
  const volume = textAt(claim, 'spec.volumeName') ?? ''
  return {
    cause: `${called(claim)} has lost its volume ${volume}: it does not exist any more, and with it the data`,
    evidence: [fieldProof(claim, 'status.phase', 'Lost'), fieldProof(claim, 'spec.volumeName', volume)],
    next: [
      advice(
        'Restore the PersistentVolume from a backup under the same name, or make the claim anew and restore the data.',
      ),
    ],
    explains: usersOf(claim, facts),
  }
}

const RESIZE_ERRORS = ['ControllerResizeError', 'NodeResizeError', 'ModifyVolumeError']

function notResized(claim: KubeObject, facts: Facts): Verdict | undefined {
  const error = conditionsAt(claim, 'status.conditions').find(
    ({ type, status }) => status === 'True' && RESIZE_ERRORS.includes(type),
  )
  const event = lastEvent(claim, facts)
  const failure = event?.reason === 'VolumeResizeFailed' ? event : undefined
  if (error === undefined && failure === undefined) return undefined
  const why = error?.message ?? failure?.message ?? error?.type ?? ''
  return {
    cause: `${called(claim)} cannot be resized to ${textAt(claim, 'spec.resources.requests.storage') ?? 'what it asks for'}: ${clip(why, MOST_MESSAGE)}`,
    evidence: proofs(
      error && fieldProof(claim, `status.conditions[${error.type}]`, error.message ?? ''),
      failure && eventProof(claim, failure),
    ),
    next: [describeStep('See the claim and its events.', claim)],
    since: error?.since ?? failure?.first,
    severity: 'warning',
  }
}

const CLAIM = ['PersistentVolumeClaim']

/** Claims. */
export const storageRules: readonly Rule[] = [
  defineRule({
    id: 'storage-class-missing',
    title: 'StorageClass not found',
    severity: 'critical',
    looksAt: CLAIM,
    over: ['claim-pending'],
    judge: classMissing,
  }),
  defineRule({
    id: 'claim-pending',
    title: 'Claim finds no volume',
    severity: 'critical',
    looksAt: CLAIM,
    judge: unbound,
  }),
  defineRule({
    id: 'claim-pending',
    title: 'Claim is not provisioned',
    severity: 'critical',
    looksAt: CLAIM,
    judge: notProvisioned,
  }),
  defineRule({
    id: 'claim-pending',
    title: 'Claim has lost its volume',
    severity: 'critical',
    looksAt: CLAIM,
    judge: lost,
  }),
  defineRule({
    id: 'claim-pending',
    title: 'Claim cannot be resized',
    severity: 'warning',
    looksAt: CLAIM,
    judge: notResized,
  }),
]
