import { problems } from '../errors.ts'

// A path as kubectl's JSONPath writes the simple cases: spec.containers[0].image, metadata.annotations['a.b/c'], status.conditions[*].type
const STEP = /(?:^|\.)([^.[\]'"]+)|\[(\d{1,6}|\*)\]|\['([^']+)'\]|\["([^"]+)"\]/y

/** Every item of a list. */
const EACH = Symbol('[*]')

type Step = string | number | typeof EACH

/** The steps of a field path. Throws `bad_input` where it is not one. */
export function parsePath(path: string): Step[] {
  const steps: Step[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < path.length) {
    const at = STEP.lastIndex
    const found = STEP.exec(path)
    if (found === null)
      throw problems.badInput(
        `"${path}" is not a field path: at character ${at + 1}.`,
        "Write it like spec.containers[0].image or metadata.annotations['example.com/key'].",
      )
    const [, name, index, single, double] = found
    steps.push(name ?? single ?? double ?? (index === '*' ? EACH : Number(index)))
  }
  return steps
}

/** The value at a path; undefined where there is none. `[*]` gives the list of all. */
export function pick(value: unknown, steps: readonly Step[]): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return value
  if (step === EACH) return Array.isArray(value) ? value.map((each: unknown) => pick(each, rest)) : undefined
  if (Array.isArray(value)) return typeof step === 'number' ? pick(value[step], rest) : undefined
  return value !== null && typeof value === 'object' && Object.hasOwn(value, step)
    ? pick(Reflect.get(value, step), rest)
    : undefined
}
