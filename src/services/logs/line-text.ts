import type { LogsAnswer } from './answer.ts'

/** What introduces a sentence of ours among the lines of a log. */
export const OURS = 'k8s-mcp: '

/** How a container is written before its lines: as `kubectl logs --prefix` does. */
export const kubectlPrefix = (source: string): string => `[pod/${source}] `

type AnswerSource = LogsAnswer['sources'][number]

/** One line as text. `prefix`: whose it is, where there are several. */
export function lineText({ time, text }: { time?: string; text: string }, prefix = ''): string {
  return time === undefined ? `${prefix}${text}` : `${prefix}${time} ${text}`
}

/** The lines of an answer as `kubectl logs` prints them, and what is to be said of them. */
export function plainLogs(answer: LogsAnswer): string {
  const { before, after } = remarksOn(answer)
  const lines = [...before.map(ours), ...textsOf(answer, kubectlPrefix), ...after.map(ours)]
  return lines.map((line) => `${line}\n`).join('')
}

/** The same for a model: short names, and the cursor to go on with. */
export function logsText(answer: LogsAnswer): string {
  const { before, after } = remarksOn(answer)
  const lines = textsOf(answer, (source) => `${source}: `)
  const none = lines.length === 0 ? [`No lines (namespace ${answer.namespace}, context ${answer.context}).`] : []
  return [...before, ...none, ...lines, ...after, `Lines after these: cursor="${answer.cursor}"`].join('\n')
}

function textsOf({ sources, lines }: LogsAnswer, prefix: (source: string) => string): string[] {
  const prefixes = sources.map((source) => prefix(nameOf(source)))
  return lines.map((line) => lineText(line, line.source === undefined ? '' : prefixes[line.source]))
}

const nameOf = ({ pod, container }: AnswerSource) => (container === undefined ? pod : `${pod}/${container}`)

/** What is missing is said where it is missing: older lines before the others, newer ones after them. */
function remarksOn({ notes, sources, truncated }: LogsAnswer): { before: string[]; after: string[] } {
  const failed = sources.flatMap((source) =>
    source.problem === undefined ? [] : [`${nameOf(source)}: ${source.problem}`],
  )
  const cut = truncated === undefined ? [] : [truncated]
  const isAfter = truncated?.startsWith(MORE_FOLLOW) === true
  return { before: [...notes, ...failed, ...(isAfter ? [] : cut)], after: isAfter ? cut : [] }
}

const ours = (sentence: string) => `${OURS}${sentence}`

/** How `truncated` begins where newer lines were left out. */
export const MORE_FOLLOW = 'More lines follow'
