import { clip, joined, oneLine, stable } from '../words.ts'

/** What is wrong with one thing: the word Kubernetes has for it, and what matters about it. */
export interface Trouble {
  /** CrashLoopBackOff, Unschedulable, FailedCreate ... */
  reason: string
  /** Names, numbers and the message that tell why. */
  detail: string
}

/** Most characters of a verdict: a Pod Security refusal fits whole. */
export const MOST_VERDICT = 640
const MOST_DETAIL = 240
const MOST_GROUPS = 3

/** `CrashLoopBackOff: container app exited with code 3`. */
export const sentence = ({ reason, detail }: Trouble): string => joined([reason, detail], ': ')

/** A verdict as it leaves: one line, bounded. */
export const line = (text: string): string => clip(oneLine(text), MOST_VERDICT)

/** Troubles of many of the same, most frequent first: `2 ImagePullBackOff (image shop/web:v9 not found), 1 Unschedulable (...)`. */
export function grouped(troubles: readonly Trouble[]): string {
  const groups = [...Map.groupBy(troubles, likeness).values()].toSorted((one, other) => other.length - one.length)
  const length = groups.length === 1 ? MOST_VERDICT : MOST_DETAIL
  const shown = groups.slice(0, MOST_GROUPS).flatMap((group) => groupText(group, length))
  const rest = groups.slice(MOST_GROUPS).flat().length
  return joined([...shown, rest === 0 ? undefined : `${rest} in other troubles`])
}

// Restart counts and times differ from pod to pod in the same trouble.
const likeness = ({ reason, detail }: Trouble): string => `${reason} ${stable(detail).replaceAll(/\d+/g, '#')}`

function groupText(group: readonly Trouble[], length: number): string[] {
  const [first] = group
  if (first === undefined) return []
  return [`${group.length} ${first.reason}${first.detail === '' ? '' : ` (${clip(first.detail, length)})`}`]
}
