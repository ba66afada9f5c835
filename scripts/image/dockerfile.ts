/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  /** In capitals: RUN, COPY ... */
  name: string
  text: string
  /** Line it begins on, from 1. */
  line: number
}

/** From one FROM to the next. */
export interface Stage {
  /** What stands after FROM: an image, or the name of a stage before. */
  from: string
  /** The name it is given, or its number. */
  name: string
  instructions: Instruction[]
}

/** A Dockerfile: what may be set from outside, and its stages in order. */
export interface Dockerfile {
  /** Build arguments before the first FROM, with their defaults. */
  arguments: Record<string, string>
  stages: Stage[]
}

/** What the replay knows how to do, or to pass on. */
const KNOWN = new Set(
  ['ARG', 'FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'LABEL', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK'].concat(
    'ENTRYPOINT',
  ),
)

/**
 * Reads the Dockerfile as far as ours goes: shell-form RUN, ARG only before the first FROM, no heredocs.
 * Throws for whatever it does not know: a step that is passed over in silence would be a lie about the image.
 */
export function readDockerfile(text: string, given: Readonly<Record<string, string>> = {}): Dockerfile {
  const file: Dockerfile = { arguments: {}, stages: [] }
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === 'ARG') addArgument(file, instruction, given)
    else if (instruction.name === 'FROM') file.stages.push(stageOf(instruction, file))
    else stageNow(file, instruction).instructions.push(instruction)
  }
  const strange = Object.keys(given).filter((name) => !(name in file.arguments))
  if (strange.length > 0) throw new Error(`the Dockerfile has no build argument ${strange.join(', ')}`)
  return file
}

function instructionsOf(text: string): Instruction[] {
  const found: Instruction[] = []
  let open: Instruction | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(raw)) continue
    const more = raw.endsWith('\\')
    const words = (more ? raw.slice(0, -1) : raw).trim()
    open = open === undefined ? begin(words, index + 1) : { ...open, text: `${open.text} ${words}` }
    if (more) continue
    found.push(open)
    open = undefined
  }
  return found
}

function begin(words: string, line: number): Instruction {
  const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(words) ?? []
  if (!KNOWN.has(name)) throw new Error(`Dockerfile, line ${line}: no replay of "${words}"`)
  return { name, text, line }
}

function addArgument(file: Dockerfile, { text, line }: Instruction, given: Readonly<Record<string, string>>): void {
  if (file.stages.length > 0) throw new Error(`Dockerfile, line ${line}: ARG stands before the first FROM here`)
  const [, name = '', fallback = ''] = /^([A-Z_]+)=(\S*)$/.exec(text) ?? []
  file.arguments[name] = given[name] ?? fallback
}

function stageOf({ text, line }: Instruction, file: Dockerfile): Stage {
  const [, from = '', name = String(file.stages.length)] = /^(\S+)(?: AS (\S+))?$/.exec(text) ?? []
  if (from === '') throw new Error(`Dockerfile, line ${line}: no replay of "FROM ${text}"`)
  return { from: filled(from, file.arguments), name, instructions: [] }
}

function stageNow({ stages }: Dockerfile, { line }: Instruction): Stage {
  const stage = stages.at(-1)
  if (stage === undefined) throw new Error(`Dockerfile, line ${line}: it begins with FROM`)
  return stage
}

/** `${NAME}` replaced by its value. Throws for a name without one. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`\${${name}} has no value in the Dockerfile`)
    return value
  })
}

/** `A=1 B="two words"` of ENV and LABEL. */
export const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name = '', quoted, plain = '']) => [
      name,
      quoted ?? plain,
    ]),
  )

/** The words of an exec form: `["a", "b"]`. Throws for the shell form, which would hide the signals from the program. */
export function wordsOf(text: string): string[] {
  const words: unknown = JSON.parse(text)
  if (!Array.isArray(words) || !words.every((each) => typeof each === 'string'))
    throw new Error(`${text} is not a list of words`)
  return words
}

/** What the image says about itself: the last of each kind counts. */
export interface ImageConfig {
  environment: Record<string, string>
  labels: Record<string, string>
  user: string
  workdir: string
  volumes: string[]
  entrypoint: string[]
  healthcheck: string[]
}

/** The metadata that the instructions of the last stage come to. */
export function configOf({ stages }: Dockerfile): ImageConfig {
  const all = stages.at(-1)?.instructions ?? []
  const texts = (name: string) => all.filter((each) => each.name === name).map(({ text }) => text)
  return {
    environment: Object.assign({}, ...texts('ENV').map(pairsOf)),
    labels: Object.assign({}, ...texts('LABEL').map(pairsOf)),
    user: texts('USER').at(-1) ?? '0:0',
    workdir: texts('WORKDIR').at(-1) ?? '/',
    volumes: texts('VOLUME'),
    entrypoint: wordsOf(texts('ENTRYPOINT').at(-1) ?? '[]'),
    healthcheck: wordsOf(/CMD (.*)$/.exec(texts('HEALTHCHECK').at(-1) ?? '')?.[1] ?? '[]'),
  }
}
