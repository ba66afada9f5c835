import { readFrontMatter, textField } from '../render/front-matter.ts'

/** A stage of a feature gate: from which version to which. */
interface Stage {
  stage: string
  default: string
  from: string
  to: string
}

export interface FeatureGate {
  name: string
  removed: boolean
  stages: readonly Stage[]
  text: string
}

/** Reads the file of one gate; none where it does not name itself. */
export function readGate([, file]: readonly [name: string, text: string]): [string, FeatureGate][] {
  const { fields, body } = readFrontMatter(file)
  const name = textField(fields, 'title')
  if (name === undefined) return []
  const stages = Array.isArray(fields.stages) ? fields.stages.flatMap(readStage) : []
  return [[name, { name, removed: fields.removed === true, stages, text: body.trim() }]]
}

function readStage(value: unknown): Stage[] {
  if (typeof value !== 'object' || value === null) return []
  const fields: Record<string, unknown> = { ...value }
  const version = (name: string) => textField(fields, name) ?? ''
  return [
    {
      stage: version('stage'),
      default: fields.defaultValue === true ? 'true' : 'false',
      from: version('fromVersion'),
      to: version('toVersion'),
    },
  ]
}

/** The stage of now: the last that has not ended. */
export const lastStage = ({ stages }: FeatureGate): Stage | undefined => stages.at(-1)

const chosen = (gates: ReadonlyMap<string, FeatureGate>, include: string): FeatureGate[] =>
  [...gates.values()]
    .filter((gate) => gate.removed === include.includes('removed'))
    .filter((gate) => gate.removed || include === '' || include.includes(lastStage(gate)?.stage ?? '-'))
    .toSorted((a, b) => a.name.localeCompare(b.name))

/** Gates as a table of their stages. */
export function gateTable(gates: ReadonlyMap<string, FeatureGate>, include: string): string {
  const rows = chosen(gates, include).flatMap(({ name, stages }) =>
    stages.map((each) => `| \`${name}\` | ${each.default} | ${each.stage} | ${each.from} | ${each.to} |`),
  )
  return ['| Feature | Default | Stage | Since | Until |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
}

/** What each gate is for, with an anchor of its name. */
export const gateList = (gates: ReadonlyMap<string, FeatureGate>, include: string): string =>
  chosen(gates, include)
    .map(({ name, text }) => `### \`${name}\` {#${name}}\n\n${text}`)
    .join('\n\n')
