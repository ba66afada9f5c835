import type { Finding } from '../diagnose/finding.ts'
import { findingLines } from '../diagnose/text.ts'
import type { Description, MergedEvent, Section } from './schema.ts'
import { joined } from './words.ts'

// A column wider than this is not padded for: one long cell would cost every row its width.
const WIDEST = 48

/** A description as text: the verdict first, then what it is, its sections, its events, and what was left out. */
export const describeText = (description: Description): string =>
  [
    ...head(description),
    ...description.sections.flatMap(sectionText),
    ...eventsText(description.events),
    ...(description.truncated === undefined ? [] : [description.truncated]),
  ].join('\n')

function head(description: Description): string[] {
  const { apiVersion, kind, namespace, name, verdict, findings, status, age, owners, limits } = description
  return [
    verdict ?? joined([limits.length === 0 ? 'ok' : 'nothing wrong in what could be read', status], ': '),
    `${kind} ${joined([namespace, name], '/')} (${apiVersion}), age ${age}`,
    ...(verdict === undefined || status === '' ? [] : [`Status: ${status}`]),
    ...(owners.length === 0 ? [] : [`Owned by: ${owners.join(' < ')}`]),
    ...(limits.length === 0 ? [] : [`Not read: ${limits.join('; ')}`]),
    ...findings.flatMap((each) => findingText(each, verdict)),
  ]
}

// The first line has said one of the causes.
const findingText = (finding: Finding, verdict: string | undefined): string[] => {
  const [title = '', ...grounds] = findingLines(finding, undefined)
  return [title, ...(finding.cause === verdict ? [] : [`  ${finding.cause}`]), ...grounds]
}

const sectionText = ({ title, lines, table, more }: Section): string[] => [
  `${title}:`,
  ...[...lines, ...(table === undefined ? [] : grid(table.columns, table.rows))].map((each) => `  ${each}`),
  ...(more === undefined ? [] : [`  ... ${more} more`]),
]

/** Rows under their columns, as kubectl prints them. */
function grid(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [
    columns.map((column) => column.toUpperCase()),
    ...rows.map((row) => row.map((cell) => (cell === '' ? '-' : cell))),
  ]
  const widths = columns.map((_, index) => Math.min(WIDEST, Math.max(...all.map((row) => (row[index] ?? '').length))))
  return all.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
  )
}

const eventsText = (events: readonly MergedEvent[]): string[] =>
  events.length === 0
    ? []
    : [
        'Events, newest first:',
        ...grid(['age', 'type', 'reason', 'object', 'message'], events.map(eventRow)).map((each) => `  ${each}`),
      ]

function eventRow({ type, reason, object, message, count, age, over }: MergedEvent): string[] {
  const often = count === 1 ? '' : ` (x${count}${over === undefined ? '' : ` over ${over}`})`
  return [`${age}${often}`, type, reason, object, message]
}
