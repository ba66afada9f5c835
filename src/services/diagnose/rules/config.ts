import { fieldsAt, textAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { NextStep, Proof } from '../finding.ts'
import type { Rule, Verdict } from '../rule.ts'
import { defineContainerRule, sinceUnready, specPath, statusPath, type View, who } from './support/containers.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { keysOf, namesOf, nearest, type Reference, referencesOf } from './support/references.ts'
import { advice, describeStep, getStep, listStep } from './support/steps.ts'
import { containerStep } from './support/templates.ts'

const MOST_MESSAGE = 300

// The kubelet's words for what a container's environment misses (pkg/kubelet/kubelet_pods.go).
const NO_OBJECT = /(configmap|secret) "([^"]{1,253})" not found/i
const NO_KEY = /couldn't find key (\S{1,253}) in (ConfigMap|Secret) ([^/\s]{1,253})\/([^\s,]{1,253})/

/** What a container waits for, as the kubelet says it; undefined where it does not wait for its configuration. */
function complaintOf({ container, events }: View): string | undefined {
  if (textAt(container.status, 'state.waiting.reason') !== 'CreateContainerConfigError') return undefined
  const said = textAt(container.status, 'state.waiting.message')
  return said ?? events.find(({ reason }) => reason === 'Failed')?.message ?? ''
}

/** A ConfigMap or Secret, or a key of one, that is not there. */
interface Missing {
  kind: 'ConfigMap' | 'Secret'
  name: string
  key?: string
}

const kindOf = (word: string): Missing['kind'] => (word.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap')

function missingOf(complaint: string): Missing | undefined {
  const key = NO_KEY.exec(complaint)
  if (key !== null) return { kind: kindOf(key[2] ?? ''), name: key[4] ?? '', key: key[1] ?? '' }
  const object = NO_OBJECT.exec(complaint)
  return object === null ? undefined : { kind: kindOf(object[1] ?? ''), name: object[2] ?? '' }
}

function missingVerdict(view: View, wanted: Missing['kind']): Verdict | undefined {
  const missing = missingOf(complaintOf(view) ?? '')
  if (missing === undefined || missing.kind !== wanted) return undefined
  const asking = referencesOf(view).find((each) => isSame(each, missing))
  return {
    cause: `${missingText(view, missing)}; ${who(view)} asks for it${asking === undefined ? '' : ` (${asking.where})`}`,
    evidence: proofs(waiting(view), asking && fieldProof(view.pod, specPath(view, asking.path), referenceText(asking))),
    next: missingSteps(view, missing),
    since: sinceUnready(view),
  }
}

const isSame = (reference: Reference, { kind, name, key }: Missing): boolean =>
  reference.kind === kind && reference.name === name && (key === undefined || reference.key === key)

const referenceText = ({ kind, name, key }: Reference): string => joined([`${kind} ${name}`, key && `key ${key}`])

function missingText({ pod, facts }: View, { kind, name, key }: Missing): string {
  const { namespace } = pod.metadata
  const called = `${kind} ${namespace ?? ''}/${name}`
  if (key === undefined) return `${called} does not exist${nearest(name, namesOf(kind, namespace, facts))}`
  const keys = keysOf(facts.find(kind, namespace, name))
  return `${called} has no key "${key}"${keys.length === 0 ? '' : `, only ${keys.slice(0, 5).join(', ')}`}`
}

function missingSteps({ pod, facts }: View, { kind, name, key }: Missing): NextStep[] {
  const { namespace } = pod.metadata
  const object = facts.find(kind, namespace, name)
  const look =
    object === undefined
      ? listStep(`See which ${kind}s are there.`, kind, namespace)
      : getStep(`See which keys ${kind} ${name} has.`, object)
  const what = key === undefined ? `${kind} ${name}` : `key ${key} of ${kind} ${name}`
  return [advice(`Create ${what}, or correct the name; the container then starts by itself.`), look]
}

const waiting = (view: View): Proof[] => {
  const event = view.events.find(({ reason, type }) => reason === 'Failed' && type === 'Warning')
  const { state } = { state: fieldsAt(view.container.status, 'state.waiting') }
  const text = joined([textAt(state, 'reason'), textAt(state, 'message')], ': ')
  return proofs(fieldProof(view.pod, statusPath(view, 'state.waiting'), text), event && eventProof(view.pod, event))
}

// What the kubelet says where runAsNonRoot cannot be kept (pkg/kubelet/kuberuntime/security_context.go), and what each calls for.
const NON_ROOT: readonly (readonly [RegExp, string])[] = [
  [/image will run as root/, 'must not run as root (runAsNonRoot), and its image names no other user'],
  [
    /non-numeric user \(([^)]{1,60})\)/,
    'must not run as root (runAsNonRoot), and that of its image is a name, not a number',
  ],
  [/runAsUser breaks non-root policy/, 'must not run as root (runAsNonRoot), and its runAsUser is 0'],
]

function rootVerdict(view: View): Verdict | undefined {
  const complaint = complaintOf(view) ?? ''
  const found = NON_ROOT.find(([pattern]) => pattern.test(complaint))
  if (found === undefined) return undefined
  const step = containerStep(view, 'Set a user that the image works with, such as securityContext.runAsUser 1000.', {
    securityContext: { runAsUser: 1000 },
  })
  return {
    cause: `${who(view)} ${found[1]}: image ${textAt(view.container.spec, 'image') ?? ''}`,
    evidence: waiting(view),
    next: [step],
    since: sinceUnready(view),
  }
}

// Whatever else keeps the kubelet from making a container, in its own words without those that name the pod.
function otherVerdict(view: View): Verdict | undefined {
  const complaint = complaintOf(view)
  if (complaint === undefined || missingOf(complaint) !== undefined) return undefined
  if (NON_ROOT.some(([pattern]) => pattern.test(complaint))) return undefined
  const words =
    complaint === '' ? 'no event says why' : clip(complaint.replace(/ ?\(pod: [^)]{0,400}\)/, ''), MOST_MESSAGE)
  return {
    cause: `${who(view)} cannot be made: ${words}`,
    evidence: waiting(view),
    next: [describeStep('See the pod and its events.', view.pod)],
    since: sinceUnready(view),
  }
}

/** Containers that the kubelet cannot make from their specification. */
export const configRules: readonly Rule[] = [
  defineContainerRule({
    id: 'configmap-missing',
    title: 'ConfigMap or its key not found',
    severity: 'critical',
    judge: (view) => missingVerdict(view, 'ConfigMap'),
  }),
  defineContainerRule({
    id: 'secret-key-missing',
    title: 'Secret or its key not found',
    severity: 'critical',
    judge: (view) => missingVerdict(view, 'Secret'),
  }),
  defineContainerRule({
    id: 'runs-as-root',
    title: 'Container would run as root',
    severity: 'critical',
    judge: rootVerdict,
  }),
  defineContainerRule({
    id: 'container-not-created',
    title: 'Container cannot be made',
    severity: 'critical',
    judge: otherVerdict,
  }),
]
