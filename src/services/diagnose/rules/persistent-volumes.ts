import type { KubeObject } from '../../../kubernetes/types.ts'
import { called } from '../../changes/targets.ts'
import { eventsAbout } from '../../describe/events.ts'
import { textAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { describeStep } from './support/steps.ts'

const MOST_MESSAGE = 300

function failedVolume(volume: KubeObject, facts: Facts): Verdict | undefined {
  const phase = textAt(volume, 'status.phase')
  const failure = eventsAbout(facts.all('Event'), volume).find(({ reason }) => reason === 'VolumeFailedDelete')
  if (phase !== 'Failed' && (phase !== 'Released' || failure === undefined)) return undefined
  const why = joined([textAt(volume, 'status.reason'), textAt(volume, 'status.message')], ': ') || failure?.message
  return {
    cause: `${called(volume)} is ${phase ?? ''}: ${clip(why ?? 'nothing says why', MOST_MESSAGE)}`,
    evidence: proofs(fieldProof(volume, 'status.phase', phase ?? ''), failure && eventProof(volume, failure)),
    next: [describeStep('See the volume and its claim.', volume)],
    severity: 'warning',
  }
}

function notAttached(attachment: KubeObject, facts: Facts): Verdict | undefined {
  const error = ['attachError', 'detachError'].find(
    (each) => textAt(attachment, `status.${each}.message`) !== undefined,
  )
  if (error === undefined) return undefined
  const message = textAt(attachment, `status.${error}.message`) ?? ''
  const volume = textAt(attachment, 'spec.source.persistentVolumeName') ?? ''
  const node = textAt(attachment, 'spec.nodeName') ?? ''
  const claim = facts.find('PersistentVolume', undefined, volume)
  return {
    cause: `Volume ${volume} cannot be ${error === 'attachError' ? 'attached to' : 'detached from'} node ${node}: ${clip(message, MOST_MESSAGE)}`,
    evidence: [fieldProof(attachment, `status.${error}.message`, message)],
    next: [describeStep('See the volume and its claim.', claim ?? attachment)],
    since: textAt(attachment, `status.${error}.time`),
  }
}

/** Volumes, and their attachments to nodes. A released volume that is to be kept is as it should be. */
export const persistentVolumeRules: readonly Rule[] = [
  defineRule({
    id: 'claim-pending',
    title: 'Volume failed',
    severity: 'warning',
    looksAt: ['PersistentVolume'],
    judge: failedVolume,
  }),
  defineRule({
    id: 'volume-attach',
    title: 'Volume cannot be attached',
    severity: 'critical',
    looksAt: ['VolumeAttachment.storage.k8s.io'],
    judge: notAttached,
  }),
]
