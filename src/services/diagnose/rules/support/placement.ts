import type { KubeObject } from '../../../../kubernetes/types.ts'
import { nearestNames } from '../../../../nearest.ts'
import { type Fields, fieldsAt, listAt, textAt, textsAt } from '../../../describe/read.ts'
import type { Facts } from '../../facts.ts'
import { oncePerText } from './once.ts'

/** One demand on the labels of a node, as a node selector or a node affinity states it. */
export interface Demand {
  key: string
  operator: string
  values: readonly string[]
}

/** What a pod demands of a node's labels that no node has, in words: each with the nearest that there is. */
export const unmetText = (pod: KubeObject, facts: Facts): string => unmetOf(JSON.stringify(demandsOf(pod)), facts)

// The pods of a workload demand the same.
const unmetOf = oncePerText((demands, facts) => {
  const terms: Demand[][] = JSON.parse(demands)
  const nodes = facts.all('Node')
  const wanted = terms.map((term) => term.map(demandText).join(' and ')).join(', or ')
  if (wanted === '') return 'it demands labels that no node has'
  if (nodes.length === 0) return `it demands ${wanted}`
  const unmet = terms.flat().filter((demand) => !nodes.some((node) => meets(node, demand)))
  if (unmet.length === 0) return `it demands ${wanted}, and no node has all of it at once`
  return unmet.map((demand) => `no node has ${demandText(demand)}${nearestText(demand, nodes)}`).join('; ')
})

/** What a pod demands of a node: all of one of these. The selector holds for every term of the affinity (API of NodeSelector). */
export function demandsOf(pod: KubeObject): Demand[][] {
  const selector = Object.entries(fieldsAt(pod, 'spec.nodeSelector')).map(([key, value]) => equal(key, value))
  const required = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  const terms = listAt(pod, required).map((term) => [
    ...listAt(term, 'matchExpressions').map(expression),
    ...listAt(term, 'matchFields').map(expression),
  ])
  if (terms.length === 0) return selector.length === 0 ? [] : [selector]
  return terms.map((term) => [...selector, ...term])
}

const equal = (key: string, value: unknown): Demand => ({
  key,
  operator: 'In',
  values: [typeof value === 'string' ? value : ''],
})

const expression = (each: Fields): Demand => ({
  key: textAt(each, 'key') ?? '',
  operator: textAt(each, 'operator') ?? 'In',
  values: textsAt(each, 'values'),
})

function demandText({ key, operator, values }: Demand): string {
  if (operator === 'In') return values.length === 1 ? `${key}=${values[0]}` : `${key} of ${values.join(', ')}`
  if (operator === 'Exists') return `label ${key}`
  if (operator === 'DoesNotExist') return `no label ${key}`
  return `${key} ${operator} ${values.join(', ')}`
}

// Fields of a node are its name alone (API of NodeSelectorTerm).
const labelOf = (node: KubeObject, key: string): string | undefined =>
  key === 'metadata.name' ? node.metadata.name : node.metadata.labels?.[key]

const TESTS: Readonly<Record<string, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, [bound]) => Number(value) > Number(bound),
  Lt: (value, [bound]) => Number(value) < Number(bound),
}

const meets = (node: KubeObject, { key, operator, values }: Demand): boolean =>
  TESTS[operator]?.(labelOf(node, key), values) ?? false

/** True for a node that is as one of the terms demands, or where none does. */
export const meetsAny = (node: KubeObject, terms: readonly (readonly Demand[])[]): boolean =>
  terms.length === 0 || terms.some((term) => term.every((demand) => meets(node, demand)))

function nearestText({ key, operator }: Demand, nodes: readonly KubeObject[]): string {
  if (operator !== 'In' && operator !== 'Exists') return ''
  const values = [...new Set(nodes.flatMap((node) => labelOf(node, key) ?? []))]
  if (values.length > 0)
    return ` (there is ${values
      .slice(0, 3)
      .map((value) => `${key}=${value}`)
      .join(', ')})`
  const [near] = nearestNames(key, [...new Set(nodes.flatMap(({ metadata }) => Object.keys(metadata.labels ?? {})))])
  const value = nodes.flatMap((node) => (near === undefined ? [] : (labelOf(node, near) ?? [])))[0]
  return near === undefined ? ` (no node has a label ${key} at all)` : ` (there is ${near}=${value ?? ''})`
}
