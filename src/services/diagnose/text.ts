import { age } from '../describe/age.ts'
import { clip, oneLine, plural } from '../describe/words.ts'
import type { Finding, NextStep, Proof } from './finding.ts'
import type { Diagnosis } from './report.ts'
import { objectText } from './scope.ts'

/** Most bytes of a diagnosis as text, what fences it not counted. */
const MOST_BYTES = 5_900

/** How much is told of each finding: the first of these that fits is taken. */
const DETAIL = [
  { evidence: 4, length: 240, steps: 3, cause: 600 },
  { evidence: 3, length: 200, steps: 2, cause: 400 },
  { evidence: 2, length: 160, steps: 2, cause: 400 },
  { evidence: 2, length: 120, steps: 1, cause: 300 },
  { evidence: 1, length: 110, steps: 1, cause: 300 },
  { evidence: 0, length: 0, steps: 1, cause: 260 },
  { evidence: 0, length: 0, steps: 0, cause: 200 },
] as const
type Detail = (typeof DETAIL)[number]

/** A diagnosis as a model reads it: the findings, worst first, then what is in order and what was not looked at. */
export function diagnosisText(diagnosis: Diagnosis): string {
  for (const detail of DETAIL) {
    const text = [head(diagnosis), ...diagnosis.findings.flatMap(findingText(diagnosis, detail)), tail(diagnosis)].join(
      '\n',
    )
    if (Buffer.byteLength(text) <= MOST_BYTES) return text
  }
  return shortest(diagnosis)
}

/** As many findings as there is room for, with the least about each. */
function shortest(diagnosis: Diagnosis): string {
  const blocks = diagnosis.findings.map((each) => findingText(diagnosis, DETAIL[6])(each).join('\n'))
  let room = MOST_BYTES - Buffer.byteLength(head(diagnosis)) - Buffer.byteLength(tail(diagnosis)) - 120
  const kept = blocks.filter((block) => (room -= Buffer.byteLength(block) + 1) >= 0)
  const left = `... not shown: ${plural(blocks.length - kept.length, 'finding')}, less urgent. Ask for a namespace or an object.`
  return [head(diagnosis), ...kept, left, tail(diagnosis)].join('\n')
}

function head({ findings, scope, context, more = 0, gaps }: Diagnosis): string {
  const where = `${scope} (context ${context})`
  if (findings.length > 0)
    return `${plural(findings.length + more, 'finding')} in ${where}, worst first. Pages: docs troubleshooting/<id>.`
  return gaps.length === 0 ? `Nothing wrong found in ${where}.` : `Nothing wrong in what could be read of ${where}.`
}

function tail({ healthy, gaps, more }: Diagnosis): string {
  const notRead = gaps.map(({ what, why }) => `Not looked at: ${clip(what, 200)}: ${clip(oneLine(why), 160)}`)
  return [...(more === undefined ? [] : [`... and ${more} more.`]), healthy, ...notRead.slice(0, 6)].join('\n')
}

const findingText =
  ({ takenAt }: Diagnosis, detail: Detail) =>
  (finding: Finding): string[] => {
    const [title = '', ...grounds] = findingLines(finding, new Date(takenAt), detail)
    return [title, `  ${clip(oneLine(finding.cause), detail.cause)}`, ...grounds]
  }

/** A finding but for its cause: what it is about, what it rests on, what to do. */
export const findingLines = (finding: Finding, now: Date | undefined, detail: Detail = DETAIL[1]): string[] => [
  titleOf(finding, now),
  ...finding.evidence.slice(0, detail.evidence).map((each) => `  - ${clip(proofText(each, finding), detail.length)}`),
  ...finding.next.slice(0, detail.steps).map((each) => `  > ${stepText(each)}`),
]

function titleOf({ severity, object, pods, id, since, explains = [] }: Finding, now: Date | undefined): string {
  const facts = [
    pods === undefined ? [] : `${pods} pods`,
    since === undefined || now === undefined ? [] : `for ${age(now, since)}`,
    explains.length === 0 ? [] : `explains ${explains.map(objectText).join(', ')}`,
  ].flat()
  return `[${severity}] ${objectText(object)}: ${id}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`
}

function proofText({ object, from, path, text, count }: Proof, finding: Finding): string {
  const isSame = object.kind === finding.object.kind && object.name === finding.object.name
  const where = [
    isSame ? '' : objectText({ kind: object.kind, name: object.name }),
    from === 'field' ? '' : from,
    path ?? '',
  ]
  const often = count === undefined || count < 2 ? '' : ` (x${count})`
  return `${where.filter((word) => word !== '').join(' ')}: ${oneLine(text)}${often}`
}

// A model calls by tool names, which are the last word of the operation's: arguments are what it needs.
function stepText({ text, operation, arguments: input }: NextStep): string {
  if (operation === undefined) return clip(oneLine(text), 200)
  return `${clip(oneLine(text), 160)} ${operation.slice(operation.lastIndexOf('.') + 1)} ${JSON.stringify(input ?? {})}`
}
