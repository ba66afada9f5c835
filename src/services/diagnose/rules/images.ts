import { textAt, listAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Proof } from '../finding.ts'
import type { Rule, Verdict } from '../rule.ts'
import { defineContainerRule, sinceUnready, specPath, statusPath, type View, who } from './support/containers.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { registryOf, registryWords } from './support/registry-words.ts'
import { advice, describeStep } from './support/steps.ts'

const MOST_WORDS = 240

// Why the kubelet has no image: its own reasons, and those of the runtime's interface (kubernetes pkg/kubelet/images/types.go).
const PULL = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]

const DENIED =
  /denied|unauthorized|authorization failed|authentication required|no basic auth|40[13]\b|forbidden|toomanyrequests|429|rate limit/i

// What keeps a pull from succeeding, in the words of registries and of the network, and what each means for the reader.
const MEANINGS: readonly (readonly [RegExp, (image: string) => string])[] = [
  [
    /toomanyrequests|429|rate limit/i,
    (image) => `registry ${registryOf(image)} takes no more pulls for now (rate limit)`,
  ],
  [/no match for platform|no matching manifest/, () => 'the image exists, but not for the processor of the node'],
  [/not found|manifest unknown|name unknown/i, (image) => `registry ${registryOf(image)} has no such image or tag`],
  [/no such host/, (image) => `the name of registry ${registryOf(image)} does not resolve on the node`],
  [
    /i\/o timeout|deadline exceeded|Client\.Timeout/,
    (image) => `registry ${registryOf(image)} does not answer the node in time`,
  ],
  [
    /connection refused|no route to host|network is unreachable/,
    (image) => `the node cannot connect to registry ${registryOf(image)}`,
  ],
  [/x509|certificate/, (image) => `the node does not trust the certificate of registry ${registryOf(image)}`],
  [/HTTP response to HTTPS client/, (image) => `registry ${registryOf(image)} speaks HTTP, the node asks by HTTPS`],
  [/no space left/, () => 'the disk of the node is full'],
]

const reasonOf = ({ container }: View): string => textAt(container.status, 'state.waiting.reason') ?? ''

const imageOf = ({ container }: View): string =>
  textAt(container.spec, 'image') ?? textAt(container.status, 'image') ?? ''

// Older kubelets say no more than "Back-off pulling image" in the status.
function wordsOf({ container, events }: View): string {
  const failed = events.find(({ reason, message }) => reason === 'Failed' && message.startsWith('Failed to pull image'))
  return registryWords(textAt(container.status, 'state.waiting.message') ?? '') || registryWords(failed?.message ?? '')
}

const refused = (view: View): boolean => PULL.includes(reasonOf(view)) && isDenied(wordsOf(view))

// A registry that hides what exists says both at once: then whoever asks is not signed in.
const isDenied = (words: string): boolean => DENIED.test(words) && !/no such host|dial tcp/.test(words)

function pullVerdict(view: View): Verdict | undefined {
  if (!PULL.includes(reasonOf(view)) || refused(view)) return undefined
  const [image, words] = [imageOf(view), wordsOf(view)]
  const meaning = MEANINGS.find(([pattern]) => pattern.test(words))?.[1](image)
  const why = joined([meaning, words === '' ? 'no event says why' : clip(words, MOST_WORDS)], ': ')
  return verdict(view, `image ${image} of ${who(view)} cannot be pulled: ${why}`, [
    advice(
      'Correct the image name and tag, or make the registry reachable from the nodes; the pull is tried again by itself.',
    ),
  ])
}

function deniedVerdict(view: View): Verdict | undefined {
  if (!refused(view)) return undefined
  const words = wordsOf(view)
  const limited = MEANINGS[0]?.[0].test(words) ?? false
  const why = limited ? 'takes no more pulls for now (rate limit)' : `refuses it: ${credentials(view)}`
  const image = imageOf(view)
  return verdict(
    view,
    `image ${image} of ${who(view)} cannot be pulled: registry ${registryOf(image)} ${why}; it says ${clip(words, MOST_WORDS)}`,
    [
      advice(
        'Name a docker-registry Secret that may pull it in imagePullSecrets; or the image does not exist, which a registry does not tell strangers.',
      ),
    ],
  )
}

function credentials({ pod, facts }: View): string {
  const { namespace } = pod.metadata
  const names = listAt(pod, 'spec.imagePullSecrets').map((each) => textAt(each, 'name') ?? '')
  const lost = facts.knows('Secret', namespace)
    ? names.filter((name) => facts.find('Secret', namespace, name) === undefined)
    : []
  if (lost.length > 0) return `the Secret ${lost.join(', ')} that its imagePullSecrets name does not exist`
  return names.length === 0 ? 'the pod has no imagePullSecrets' : `with the credentials of Secret ${names.join(', ')}`
}

function nameVerdict(view: View): Verdict | undefined {
  if (reasonOf(view) !== 'InvalidImageName') return undefined
  const image = imageOf(view)
  return verdict(view, `"${image}", the image of ${who(view)}, is no image name: ${wordsOf(view)}`, [
    advice('Write it as [registry/]repository[:tag], in lower case but for the tag.'),
  ])
}

function neverVerdict(view: View): Verdict | undefined {
  if (reasonOf(view) !== 'ErrImageNeverPull') return undefined
  const node = view.pod.metadata.ownerReferences === undefined ? textAt(view.pod, 'spec.nodeName') : undefined
  const cause = `image ${imageOf(view)} of ${who(view)} is not on ${node === undefined ? 'its node' : `node ${node}`}, and imagePullPolicy Never forbids to pull it`
  return verdict(view, cause, [
    advice('Set imagePullPolicy IfNotPresent, or load the image onto every node that may run it.'),
  ])
}

const verdict = (view: View, cause: string, next: Verdict['next']): Verdict => ({
  cause,
  evidence: proofs(waiting(view), failure(view), fieldProof(view.pod, specPath(view, 'image'), imageOf(view))),
  next: [...next, describeStep('See the pod and its events.', view.pod)],
  since: sinceUnready(view),
})

const waiting = (view: View): Proof => fieldProof(view.pod, statusPath(view, 'state.waiting.reason'), reasonOf(view))

const FAILURES = ['FailedToRetrieveImagePullSecret', 'InspectFailed', 'ErrImageNeverPull', 'Failed']

function failure({ pod, events }: View): Proof | undefined {
  const [event] = FAILURES.flatMap((reason) =>
    events.filter((each) => each.reason === reason && !/^Error: \w+$/.test(each.message)).slice(0, 1),
  )
  return event && eventProof(pod, event)
}

/** Containers whose image the node does not have. */
export const imageRules: readonly Rule[] = [
  defineContainerRule({
    id: 'image-pull-backoff',
    title: 'Image cannot be pulled',
    severity: 'critical',
    judge: pullVerdict,
  }),
  defineContainerRule({
    id: 'image-pull-denied',
    title: 'Registry refuses the pull',
    severity: 'critical',
    judge: deniedVerdict,
  }),
  defineContainerRule({
    id: 'image-name-invalid',
    title: 'Image name is invalid',
    severity: 'critical',
    judge: nameVerdict,
  }),
  defineContainerRule({
    id: 'image-never-pull',
    title: 'Image is not on the node and may not be pulled',
    severity: 'critical',
    judge: neverVerdict,
  }),
]
