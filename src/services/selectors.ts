import type { KubeObject } from '../kubernetes/types.ts'
import { fieldsAt, listAt, textAt, textsAt } from './describe/read.ts'

/** The label selector of a workload or budget as the query parameter takes it; '' where it has none. */
export function selectorText(object: KubeObject): string {
  const labels = fieldsAt(object, 'spec.selector')
  const plain = 'matchLabels' in labels || 'matchExpressions' in labels ? fieldsAt(labels, 'matchLabels') : labels
  const equal = Object.entries(plain).map(([key, value]) => `${key}=${String(value)}`)
  return [...equal, ...listAt(labels, 'matchExpressions').map(requirement)].join(',')
}

function requirement(each: Record<string, unknown>): string {
  const key = textAt(each, 'key') ?? ''
  const values = textsAt(each, 'values').join(',')
  const forms: Record<string, string> = {
    In: `${key} in (${values})`,
    NotIn: `${key} notin (${values})`,
    DoesNotExist: `!${key}`,
  }
  return forms[textAt(each, 'operator') ?? ''] ?? key
}

/** One term of a field selector, whose syntax takes `\`, `,` and `=` in a value only escaped (names of RBAC objects may have them). */
export const fieldTerm = (field: string, value: string): string =>
  `${field}=${value.replaceAll(/[\\,=]/g, (sign) => `\\${sign}`)}`
