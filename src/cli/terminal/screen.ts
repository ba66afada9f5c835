import { UNDOABLE } from '../../services/approvals/undo.ts'
import type { ApprovalView } from '../../services/approvals/view.ts'
import { approvalLines, leftOf } from './approval.ts'
import { cut, type Line, line, type Style, wrapped } from './lines.ts'

export interface Size {
  columns: number
  rows: number
}

/** What the page does when it was answered. */
export type Command =
  | { do: 'quit' }
  | { do: 'list' }
  | { do: 'open'; id: string }
  | { do: 'approve'; id: string; digest: string; confirm: boolean }
  | { do: 'deny' | 'cancel'; id: string; reason: string }
  | { do: 'undo'; id: string; part: number }
  | { do: 'resolve'; id: string; outcome: Outcome; reason: string }
export type Outcome = 'succeeded' | 'partially_applied' | 'failed'

/** A question that keeps every other key away until it is answered. About what was on the screen when it was asked. */
export type Question = { view: ApprovalView; text: string } & (
  | { kind: 'choice'; keys: Readonly<Record<string, Command | Question>> }
  | { kind: 'words'; typed: string; answer(typed: string): Command | string }
)

export interface Screen {
  rows: readonly ApprovalView[]
  /** Whether there are older ones than those that are listed. */
  more: boolean
  /** Whether those at their end are listed too. */
  all: boolean
  /** Id of the row with the mark. */
  chosen: string | undefined
  /** The one that is shown; `seen`: how many of its lines were on the screen. */
  shown: { view: ApprovalView; top: number; seen: number } | undefined
  question: Question | undefined
  notice: { text: string; style: Style } | undefined
  connected: boolean
  now: number
}

export const START: Screen = {
  rows: [],
  more: false,
  all: false,
  chosen: undefined,
  shown: undefined,
  question: undefined,
  notice: undefined,
  connected: false,
  now: 0,
}

/** The screen as lines: exactly as many as the terminal has rows, none longer than its columns. */
export function render(screen: Screen, size: Size): Line[] {
  const { body, foot, head } = layout(screen, size)
  const filled = [
    ...body,
    ...Array<Line>(Math.max(0, size.rows - head.length - foot.length - body.length)).fill(line('')),
  ]
  return [...head, ...filled, ...foot].slice(0, size.rows)
}

/** All lines of the approval that is shown, as wide as the terminal. */
export const contentOf = ({ shown, now }: Screen, { columns }: Size): Line[] =>
  shown === undefined ? [] : wrapped(approvalLines(shown.view, now), columns)

/** Rows between head and foot. */
export function roomOf(screen: Screen, size: Size): number {
  const { head, foot } = layout(screen, size)
  return Math.max(1, size.rows - head.length - foot.length)
}

function layout(screen: Screen, size: Size): { head: Line[]; body: Line[]; foot: Line[] } {
  const head = cut([line(title(screen), 'head')], size.columns)
  const content = contentOf(screen, size)
  const below = wrapped(footOf(screen), size.columns)
  // One line says how far one has read. Something of the approval stays to be seen on the smallest terminal.
  const tight = below.slice(0, Math.max(1, size.rows - head.length - 2))
  const room = Math.max(1, size.rows - head.length - tight.length - (screen.shown === undefined ? 0 : 1))
  if (screen.shown === undefined) return { head, body: listBody(screen, size.columns, room), foot: tight }
  const top = Math.min(screen.shown.top, Math.max(0, content.length - room))
  const body = content.slice(top, top + room)
  return { head, body, foot: [...cut([position(top, body.length, content.length)], size.columns), ...tight] }
}

function title({ rows, all, connected, shown }: Screen): string {
  const state = connected ? '' : '  [no connection: trying again]'
  if (shown !== undefined) return `k8s-mcp approvals: ${shown.view.state}${state}`
  return `k8s-mcp approvals: ${rows.length} ${all ? 'in all' : 'open'}${state}`
}

function position(top: number, count: number, total: number): Line {
  const left = total - top - count
  const text = `lines ${top + 1}-${top + count} of ${total}`
  return left === 0 ? line(text, 'dim') : line(`${text}; ${left} more below`, 'changed')
}

function listBody(screen: Screen, columns: number, room: number): Line[] {
  const { rows, more, all, connected } = screen
  if (rows.length === 0)
    return wrapped(
      [line(connected ? `Nothing ${all ? 'was asked for yet' : 'waits for you'}.` : 'Connecting.', 'dim')],
      columns,
    )
  const index = Math.max(
    0,
    rows.findIndex(({ id }) => id === screen.chosen),
  )
  const tail = more ? 1 : 0
  const fitting = Math.max(1, room - tail)
  const top = Math.min(Math.max(0, index - fitting + 1), Math.max(0, rows.length - fitting))
  const lines = rows.slice(top, top + fitting).map((view) => rowLine(view, screen, columns))
  return more && top + fitting >= rows.length
    ? [...lines, ...cut([line('  ... older ones are not listed', 'dim')], columns)]
    : lines
}

const WIDE = 90

function rowLine(view: ApprovalView, { chosen, now }: Screen, columns: number): Line {
  const { id, state, risk = '-', summary, operation, requester, expiresAt } = view
  const mark = id === chosen ? '>' : ' '
  const left = state === 'pending' ? leftOf(expiresAt, now).replace('expires in ', '') : ''
  const facts =
    columns < WIDE
      ? [risk.padEnd(8), state]
      : [risk.padEnd(8), state.padEnd(9), left.padEnd(8), `${requester.kind}:${requester.subject}`]
  const [cutLine] = cut([line(`${mark} ${facts.join('  ')}  ${summary ?? operation}`)], columns)
  return { text: cutLine?.text ?? '', style: id === chosen ? 'chosen' : (view.risk ?? 'plain') }
}

function footOf(screen: Screen): Line[] {
  const { question, notice } = screen
  if (question !== undefined) {
    const typed = question.kind === 'words' ? `${question.typed}_` : ''
    return [line(`${question.text} ${typed}`, 'head')]
  }
  return [...(notice === undefined ? [] : [line(notice.text, notice.style)]), line(keysOf(screen), 'dim')]
}

/** The keys that do something now. */
function keysOf({ shown, rows, all }: Screen): string {
  if (shown === undefined)
    return [rows.length === 0 ? '' : 'enter: show', `tab: ${all ? 'only open' : 'all'}`, 'q: quit']
      .filter((each) => each !== '')
      .join('  ')
  const { state, plan } = shown.view
  const keys = [
    ...(state === 'pending' ? ['a: approve', 'd: deny'] : []),
    ...(state === 'pending' || state === 'approved' || state === 'executing' ? ['c: cancel'] : []),
    ...(state === 'outcome_unknown' ? ['r: resolve'] : []),
    ...(isUndoable(state) && plan?.undo !== undefined ? ['u: undo'] : []),
  ]
  return [...keys, 'j/k: scroll', 'q: back'].join('  ')
}

export const isUndoable = (state: ApprovalView['state']): boolean => UNDOABLE.includes(state)
