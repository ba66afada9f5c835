import type { KubeObject } from '../../../../kubernetes/types.ts'
import { clip } from '../../../describe/words.ts'
import type { Facts } from '../../facts.ts'
import type { NextStep } from '../../finding.ts'
import { namesOf, nearest } from './references.ts'
import { advice, describeStep, listStep } from './steps.ts'

const MOST_WORDS = 420

/** What a refusal means: its page, what to say of it, and what to do. */
export interface Answer {
  id: string
  text: string
  next: NextStep[]
}

interface About {
  workload: KubeObject
  facts: Facts
}

type Tell = (match: RegExpExecArray, about: About, message: string) => Omit<Answer, 'id'>

const words = (text: string): string => clip(text.trim(), MOST_WORDS)

function fullQuota([, name = '', requested = '', used = '', limited = '']: RegExpExecArray, { workload }: About) {
  const { namespace } = workload.metadata
  return {
    text: `ResourceQuota ${namespace ?? ''}/${name} is used up: ${quotaText(requested, used, limited)}`,
    next: [
      advice('Free some of it, ask for less, or have the quota raised.'),
      listStep('See the quota.', 'ResourceQuota', namespace),
    ],
  }
}

// `pods=1,requests.cpu=50m` each: what is asked for, taken and allowed.
function quotaText(requested: string, used: string, limited: string): string {
  const [asked, taken, allowed] = [requested, used, limited].map(amounts)
  const told = [...(asked ?? [])].map(
    ([what, amount]) =>
      `${what} ${taken?.get(what) ?? '?'} of ${allowed?.get(what) ?? '?'} taken, a pod needs ${amount}`,
  )
  return told.join('; ')
}

const amounts = (text: string): Map<string, string> =>
  new Map(text.split(',').map((each): [string, string] => [each.split('=')[0]?.trim() ?? '', each.split('=')[1] ?? '']))

function silentQuota([, name = '', what = '']: RegExpExecArray, { workload }: About) {
  const { namespace } = workload.metadata
  return {
    text: `ResourceQuota ${namespace ?? ''}/${name} counts ${what}, and its containers do not say it`,
    next: [
      advice(`Set ${what} in every container, or a default in a LimitRange.`),
      listStep('See the quota.', 'ResourceQuota', namespace),
    ],
  }
}

const podSecurity: Tell = ([, level = '', violations = ''], { workload }) => ({
  text: `namespace ${workload.metadata.namespace ?? ''} enforces Pod Security "${level}", and the pod template breaks it: ${words(controls(violations))}`,
  next: [advice(`In the pod template ${words(demands(violations))}; or run it in a namespace whose level allows it.`)],
})

// `privileged (container "app" must not set securityContext.privileged=true), runAsNonRoot != true (pod or container "app" must set ...)`:
// the controls that are broken, and what each demands.
const controls = (violations: string): string => violations.replaceAll(/ \((?:[^()"]|"[^"]*")*\)/g, '')
const demands = (violations: string): string =>
  [...violations.matchAll(/ \(((?:[^()"]|"[^"]*")*)\)/g)].map(([, demand = '']) => demand).join('; ') ||
  'correct what it names'

const noAccount: Tell = ([, name = ''], { workload, facts }) => {
  const { namespace } = workload.metadata
  const near = nearest(name, namesOf('ServiceAccount', namespace, facts))
  return {
    text: `ServiceAccount ${namespace ?? ''}/${name} does not exist${near}`,
    next: [
      advice(
        'Create it, or correct serviceAccountName in the pod template; the controller then tries again by itself.',
      ),
      listStep('See which there are.', 'ServiceAccount', namespace),
    ],
  }
}

const limitRange: Tell = ([, broken = ''], { workload }) => ({
  text: `a LimitRange of namespace ${workload.metadata.namespace ?? ''} forbids it: ${words(broken)}`,
  next: [
    advice('Bring requests and limits of its containers within the range.'),
    listStep('See the LimitRange.', 'LimitRange', workload.metadata.namespace),
  ],
})

const denied: Tell = ([, name = '', why = '']) => ({
  text: `admission webhook ${name} refuses: ${words(why)}`,
  next: [advice('Change the pod template so that the policy takes it.')],
})

const unanswered: Tell = ([, name = '', why = '']) => ({
  text: `admission webhook ${name} does not answer: ${words(why)}`,
  next: [
    advice('Bring the service of the webhook back; as long as it is down nothing that it must approve is created.'),
    listStep(
      'See whom it calls.',
      /mutat/i.test(why) ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration',
    ),
  ],
})

const policy: Tell = ([, name = '', why = '']) => ({
  text: `ValidatingAdmissionPolicy ${name} refuses: ${words(why)}`,
  next: [advice('Change the pod template so that the policy takes it.')],
})

const terminating: Tell = (_, { workload }) => ({
  text: `namespace ${workload.metadata.namespace ?? ''} is being deleted, and nothing new may be made in it`,
  next: [advice('Wait until it is gone, then make namespace and workload again.')],
})

const notAllowed: Tell = ([, user = '', resource = '']) => ({
  text: `${user} may not create ${resource}`,
  next: [advice('Give the controller its role back.')],
})

// Admission plugins in their own words (kubernetes plugin/pkg/admission, pod-security-admission), the plainest first.
const ANSWERS: readonly (readonly [id: string, pattern: RegExp, tell: Tell])[] = [
  [
    'quota-exceeded',
    /exceeded quota: ([^,]{1,253}), requested: (.{1,300}), used: (.{1,300}), limited: (.{1,300})$/s,
    fullQuota,
  ],
  ['quota-exceeded', /failed quota: ([^:]{1,253}): must specify (.{1,300}?)(?: for: .*)?$/s, silentQuota],
  ['pod-security', /violates PodSecurity "([^"]{1,100})": (.*)$/s, podSecurity],
  ['service-account-missing', /serviceaccount "([^"]{1,253})" not found/i, noAccount],
  [
    'limit-range-refused',
    /((?:maximum|minimum) \S+ (?:usage|limit|request)? ?per \S+ is .*|max limit to request ratio per .*)$/s,
    limitRange,
  ],
  ['webhook-failing', /admission webhook "([^"]{1,253})" denied the request:? ?(.*)$/s, denied],
  ['webhook-failing', /failed calling webhook "([^"]{1,253})": (.*)$/s, unanswered],
  [
    'webhook-failing',
    /ValidatingAdmissionPolicy '([^']{1,253})' with binding '[^']{1,253}' denied request: (.*)$/s,
    policy,
  ],
  ['namespace-terminating', /because it is being terminated/, terminating],
  ['rbac-forbidden', /User "([^"]{1,253})" cannot create resource "([^"]{1,253})"/, notAllowed],
]

/** What the API server's refusal of a pod means. Whatever is not known is told in its own words. */
export function answerTo(message: string, about: About): Answer {
  for (const [id, pattern, tell] of ANSWERS) {
    const match = pattern.exec(message)
    if (match !== null) return { id, ...tell(match, about, message) }
  }
  return {
    id: 'invalid-value',
    text: `the API server says: ${words(message)}`,
    next: [describeStep('See the workload and its events.', about.workload)],
  }
}
