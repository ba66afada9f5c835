import { type Fields, isFields } from '../describe/read.ts'

/**
 * The values that a release was rendered with: the given ones over the chart's defaults, as Helm 4 puts them together (CoalesceValues of
 * its package chart/common/util). Tables are merged, all else is replaced; null takes a default away. Subcharts' own defaults are in
 * none: Helm does not store them. Changes neither argument.
 */
export function allValues(given: Fields, defaults: Fields): Fields {
  const own = Object.entries(given).flatMap(([key, value]) => {
    if (!Object.hasOwn(defaults, key)) return [[key, value] as const]
    if (value === null) return []
    return [[key, merged(value, defaults[key])] as const]
  })
  const added = Object.entries(defaults)
    .filter(([key, value]) => value !== null && !Object.hasOwn(given, key))
    .map(([key, value]) => [key, withoutNulls(value)] as const)
  return Object.fromEntries([...own, ...added])
}

function merged(value: unknown, fallback: unknown): unknown {
  if (!isFields(value) || !isFields(fallback)) return value
  const clean = withoutNulls(fallback)
  return isFields(clean) ? allValues(value, clean) : value
}

function withoutNulls(value: unknown): unknown {
  if (!isFields(value)) return value
  const kept = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]))
}
