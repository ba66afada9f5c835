import type { Container } from '../containers.ts'
import type { Occurrence } from '../events.ts'
import { textAt } from '../read.ts'
import { registryWords } from '../registry-words.ts'
import { clip } from '../words.ts'

// Why the kubelet has no image: its own reasons, and those of the runtime's interface (kubernetes pkg/kubelet/images/types.go).
const REASONS = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]

export const isImageReason = (reason: string): boolean => REASONS.includes(reason)

const MOST = 300

/** Which image, and what the registry or the runtime said about it. */
export function imageTrouble(container: Container, message: string, events: readonly Occurrence[]): string {
  const image = textAt(container.spec, 'image') ?? textAt(container.status, 'image') ?? ''
  const why = registryWords(message) || registryWords(pullFailure(events))
  if (why === '') return `image ${image}`
  if (/(?:not found|manifest unknown)$/.test(why)) return `image ${image} not found`
  return clip(why.includes(image) ? why : `image ${image}: ${why}`, MOST)
}

// Older kubelets say no more than "Back-off pulling image" in the status.
const pullFailure = (events: readonly Occurrence[]): string =>
  events.find(({ reason, message }) => reason === 'Failed' && message.startsWith('Failed to pull image'))?.message ?? ''
