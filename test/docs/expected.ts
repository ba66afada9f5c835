import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RecordedObject, readTroubles } from '../cluster/troubles.ts'
import { textAt } from '../support/json.ts'
import { troublePages } from './pages.ts'

// Which page each text belongs to that Kubernetes wrote about the troubles of test/data.

// The events that say something is wrong; the one on a claim without a class is of type Normal.
export const complaintsOf = ({ events = [] }: RecordedObject) =>
  events.filter(({ type, reason }) => type === 'Warning' || reason === 'FailedBinding').map(({ message }) => message)

/** The page on what several troubles say in the same words: their events do not tell them apart. */
export function sharedBy(message: string): string | undefined {
  if (message.startsWith('Back-off restarting failed container')) return 'crash-loop'
  return /^(Failed to pull image|Error: (ErrImagePull|ImagePullBackOff)$)/.test(message)
    ? 'image-pull-backoff'
    : undefined
}

/** Name of the object of the manifest that an object comes from: pods and ReplicaSets have its name and a hash. */
export const rootOf = ({ name }: RecordedObject) => name.replace(/(-[0-9a-f]{8,10})?(-[a-z0-9]{5})?$/, '')

/** Which page a refusal of messages.json belongs to, by the command that got it. */
export const REFUSALS: readonly (readonly [command: RegExp, id: string])[] = [
  [/--as=alice/, 'rbac-forbidden'],
  [/get pod nosuch$|set image deploy\/nosuch|logs healthy$/, 'not-found'],
  [/get nosuchkind/, 'kind-unknown'],
  [/-n nosuch create/, 'namespace-missing'],
  [/create configmap db2/, 'already-exists'],
  [/imm\.json|"nodeName":"other"/, 'immutable-field'],
  [/typo\.json/, 'unknown-field'],
  [/sel\.json/, 'selector-labels-mismatch'],
  [/bn\.json/, 'invalid-name'],
  [/old\.json/, 'api-version-removed'],
  [/ssa\.json/, 'apply-conflict'],
  [/run extra/, 'quota-exceeded'],
  [/run priv/, 'pod-security'],
  [/ logs /, 'logs-unavailable'],
  [/ exec /, 'exec-unavailable'],
  [/\/eviction/, 'eviction-blocked'],
  [/top nodes/, 'metrics-unavailable'],
  [/rollout status/, 'rollout-stuck'],
  [/--replicas=-1/, 'invalid-value'],
  [/--token=nonsense/, 'unauthorized'],
  [/127\.0\.0\.1:6444/, 'connection-refused'],
  [/wrongca/, 'certificate-unknown-authority'],
  [/localhost\.invalid/, 'server-name-unresolved'],
  [/tls-server-name/, 'certificate-wrong-name'],
]

/** A text as users paste it, and the ids of the pages that are right. */
export interface Pasted {
  text: string
  pages: readonly string[]
}

/** Every warning that was recorded, each once, and every refusal. */
export async function everyPasted(): Promise<Pasted[]> {
  const { objects } = await readTroubles()
  const warnings = objects.flatMap((object) => {
    const page = troublePages.find(
      ({ troubles }) => troubles.includes(object.name) || troubles.includes(rootOf(object)),
    )
    return complaintsOf(object).map((text) => ({
      text,
      pages: [page?.id, sharedBy(text)].filter((id) => id !== undefined),
    }))
  })
  const once = new Map(warnings.map((each) => [each.text, each]))
  return [...once.values(), ...refusals()]
}

function refusals(): Pasted[] {
  const all: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'data', 'troubles', 'messages.json'), 'utf8'),
  )
  return (Array.isArray(all) ? all : []).map((refusal: unknown) => {
    const [, id = ''] = REFUSALS.find(([pattern]) => pattern.test(textAt(refusal, 'command'))) ?? []
    return { text: textAt(refusal, 'message'), pages: [id] }
  })
}
