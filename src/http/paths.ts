import { nearestNames } from '../nearest.ts'

/** A path that is served, as it was declared (`/pod/:name`), with its methods. */
export type KnownPaths = Map<string, Set<string>>

const segments = (path: string): string[] => path.split('/').filter((part) => part !== '')

/** Methods that a path takes, with what comes with them: HEAD with GET, OPTIONS always. Empty for a path nobody serves. */
export function methodsOf(known: KnownPaths, path: string): string[] {
  const methods = [...known].filter(([template]) => fits(template, path)).flatMap(([, each]) => [...each])
  return methods.length === 0 ? [] : [...new Set([...methods, 'OPTIONS'])].toSorted()
}

function fits(template: string, path: string): boolean {
  const wanted = template.split('/')
  const given = path.split('/')
  if (wanted.at(-1) === '*') return given.length >= wanted.length && same(wanted.slice(0, -1), given)
  return wanted.length === given.length && same(wanted, given)
}

const same = (wanted: string[], given: string[]): boolean =>
  wanted.every((part, index) => part === given[index] || (part.startsWith(':') && given[index] !== ''))

/** The served paths that are nearest to one that is not: of the same shape first, then those that end as it does. At most three. */
export function nearestPaths(known: KnownPaths, path: string): string[] {
  const given = segments(path)
  const templates = [...known.keys()].filter((template) => template !== '/' && !template.endsWith('*'))
  const shaped = templates
    .map((template) => ({ template, distance: wordsApart(segments(template), given) }))
    .filter(({ distance }) => distance < Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ template }) => template)
  const ending = templates.filter((template) => template.endsWith(`/${given.at(-1)}`))
  return (shaped.length > 0 ? shaped : ending).slice(0, 3)
}

const isNear = ([wanted = '', word = '']: string[]): boolean => nearestNames(word, [wanted]).length > 0

/** In how many literal words two paths of one shape differ; infinite where the shapes do, or a word is another altogether. */
function wordsApart(template: string[], given: string[]): number {
  if (template.length !== given.length) return Number.POSITIVE_INFINITY
  const differing = template.flatMap((part, index) =>
    part.startsWith(':') || part === given[index] ? [] : [[part, given[index] ?? '']],
  )
  return differing.every(isNear) ? differing.length : Number.POSITIVE_INFINITY
}
