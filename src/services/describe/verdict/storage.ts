import { duration, elapsed } from '../age.ts'
import { eventsAbout } from '../events.ts'
import { conditionsAt, textAt } from '../read.ts'
import type { Snapshot } from '../snapshot.ts'
import { clip, joined } from '../words.ts'

const PROVISIONING = 120_000
const BINDING = 30_000
const MOST_MESSAGE = 400

/** The verdict on a PersistentVolumeClaim: why it is not bound. One that waits for its first pod is as it should be. */
export function claimVerdict(snapshot: Snapshot): string | undefined {
  const { object } = snapshot
  const phase = textAt(object, 'status.phase') ?? 'Pending'
  if (phase === 'Lost') return `Lost: its volume ${textAt(object, 'spec.volumeName') ?? ''} no longer exists`
  return phase === 'Pending' ? pending(snapshot) : resizing(snapshot)
}

// A claim waits in order for its first pod, and for a while for the provisioner.
function pending({ object, events, now }: Snapshot): string | undefined {
  const [last] = eventsAbout(events, object)
  const since = elapsed(now, object.metadata.creationTimestamp) ?? 0
  if (last === undefined) return since < BINDING ? undefined : `Pending for ${duration(since)}, no event says why`
  if (last.reason === 'WaitForFirstConsumer' || last.reason === 'WaitForPodScheduled') return undefined
  if (last.type === 'Normal' && last.reason !== 'FailedBinding' && since < PROVISIONING) return undefined
  return `Pending: ${last.reason}: ${clip(last.message, MOST_MESSAGE)}`
}

const RESIZE_ERRORS = ['ControllerResizeError', 'NodeResizeError', 'ModifyVolumeError']

function resizing({ object, events }: Snapshot): string | undefined {
  const error = conditionsAt(object, 'status.conditions').find(
    ({ type, status }) => status === 'True' && RESIZE_ERRORS.includes(type),
  )
  if (error !== undefined) return `${error.type}: ${clip(error.message ?? '', MOST_MESSAGE)}`
  const [last] = eventsAbout(events, object)
  return last?.reason === 'VolumeResizeFailed' ? `VolumeResizeFailed: ${clip(last.message, MOST_MESSAGE)}` : undefined
}

/** The verdict on a PersistentVolume. A released one that is to be kept is as it should be. */
export function volumeVerdict({ object, events }: Snapshot): string | undefined {
  const phase = textAt(object, 'status.phase')
  if (phase === 'Failed')
    return `Failed: ${joined([textAt(object, 'status.reason'), textAt(object, 'status.message')], ': ')}`
  const failure = eventsAbout(events, object).find(({ reason }) => reason === 'VolumeFailedDelete')
  if (phase !== 'Released' || failure === undefined) return undefined
  return `Released, not deleted: ${clip(failure.message, MOST_MESSAGE)}`
}

/** The verdict on a VolumeAttachment: the storage driver's own words. */
export function attachmentVerdict({ object }: Snapshot): string | undefined {
  const error = ['attachError', 'detachError'].find((each) => textAt(object, `status.${each}.message`) !== undefined)
  return error === undefined
    ? undefined
    : `${error}: ${clip(textAt(object, `status.${error}.message`) ?? '', MOST_MESSAGE)}`
}
