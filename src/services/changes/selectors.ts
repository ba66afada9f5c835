import { at, fieldsAt, isFields, listAt, textAt, textsAt } from '../describe/read.ts'

/** Whether a label selector (metav1.LabelSelector) selects these labels. An empty one selects all, an absent one nothing. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (!isFields(selector)) return false
  const equal = Object.entries(fieldsAt(selector, 'matchLabels')).every(([key, value]) => labels[key] === value)
  return equal && listAt(selector, 'matchExpressions').every((each) => holds(each, labels))
}

function holds(requirement: Record<string, unknown>, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[textAt(requirement, 'key') ?? '']
  const values = textsAt(requirement, 'values')
  const operators: Readonly<Record<string, boolean>> = {
    In: value !== undefined && values.includes(value),
    NotIn: value === undefined || !values.includes(value),
    Exists: value !== undefined,
    DoesNotExist: value === undefined,
  }
  return operators[String(at(requirement, 'operator'))] ?? false
}
