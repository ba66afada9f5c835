import type { ApprovalView } from '../../services/approvals/view.ts'
import {
  type Command,
  contentOf,
  isUndoable,
  type Outcome,
  type Question,
  roomOf,
  type Screen,
  type Size,
} from './screen.ts'

/** A key as node:readline names it. */
export interface Key {
  name: string
  /** What it types, where it types something. */
  text: string
  ctrl: boolean
  /** It came with others at once, by a paste. */
  pasted: boolean
}

export interface Pressed {
  screen: Screen
  command?: Command
}

/** What a key does. Nothing but the screen and a command comes of it. */
export function press(screen: Screen, key: Key, size: Size): Pressed {
  if (key.ctrl && key.name === 'c') return { screen, command: { do: 'quit' } }
  if (screen.question !== undefined) return answer(screen, screen.question, key)
  // What somebody pastes by mistake decides nothing.
  if (key.pasted) return { screen }
  const quiet = { ...screen, notice: undefined }
  return screen.shown === undefined ? inList(quiet, key) : inApproval(quiet, screen.shown.view, key, size)
}

function answer(screen: Screen, question: Question, key: Key): Pressed {
  const closed = { ...screen, question: undefined }
  if (question.kind === 'words') return typing(screen, question, key)
  if (key.pasted) return { screen }
  const chosen = Object.hasOwn(question.keys, key.text) ? question.keys[key.text] : undefined
  if (chosen === undefined) return { screen: noticed(closed, 'Nothing was done.') }
  return 'do' in chosen ? { screen: closed, command: chosen } : { screen: { ...screen, question: chosen } }
}

function typing(screen: Screen, question: Question & { kind: 'words' }, key: Key): Pressed {
  const typed = (text: string): Pressed => ({ screen: { ...screen, question: { ...question, typed: text } } })
  const closed = { ...screen, question: undefined }
  if (key.name === 'escape') return { screen: noticed(closed, 'Nothing was done.') }
  if (key.name === 'backspace') return typed(Array.from(question.typed).slice(0, -1).join(''))
  // The end of a pasted line is no decision.
  if (key.name === 'return' || key.name === 'enter')
    return key.pasted ? typed(`${question.typed} `) : finish(closed, question)
  return key.ctrl || key.text === '' ? { screen } : typed(question.typed + key.text)
}

function finish(closed: Screen, question: Question & { kind: 'words' }): Pressed {
  const command = question.answer(question.typed.trim())
  return typeof command === 'string' ? { screen: noticed(closed, command) } : { screen: closed, command }
}

const noticed = (screen: Screen, text: string): Screen => ({ ...screen, notice: { text, style: 'medium' } })

function inList(screen: Screen, { name, text }: Key): Pressed {
  const { rows, chosen } = screen
  const index = rows.findIndex(({ id }) => id === chosen)
  const to = (next: number): Pressed => {
    const row = rows[Math.min(Math.max(0, next), rows.length - 1)]
    return { screen: row === undefined ? screen : { ...screen, chosen: row.id } }
  }
  if (text === 'q') return { screen, command: { do: 'quit' } }
  if (name === 'down' || text === 'j') return to(index + 1)
  if (name === 'up' || text === 'k') return to(index - 1)
  if (name === 'home' || text === 'g') return to(0)
  if (name === 'end' || text === 'G') return to(rows.length - 1)
  if (name === 'tab') return { screen: { ...screen, all: !screen.all }, command: { do: 'list' } }
  if ((name === 'return' || name === 'enter') && chosen !== undefined)
    return { screen, command: { do: 'open', id: chosen } }
  return { screen }
}

function inApproval(screen: Screen, view: ApprovalView, key: Key, size: Size): Pressed {
  const { name, text } = key
  if (text === 'q' || name === 'escape') return { screen: { ...screen, shown: undefined }, command: { do: 'list' } }
  const question = asked(screen, view, text, size)
  if (typeof question === 'string') return { screen: noticed(screen, question) }
  if (question !== undefined) return { screen: { ...screen, question } }
  const room = roomOf(screen, size)
  const steps: Readonly<Record<string, number>> = {
    down: 1,
    up: -1,
    pagedown: room,
    pageup: -room,
    space: room,
    home: -Infinity,
    end: Infinity,
  }
  const letters: Readonly<Record<string, number>> = { j: 1, k: -1, g: -Infinity, G: Infinity }
  const step = (text === '' ? undefined : letters[text]) ?? steps[name]
  return { screen: step === undefined ? screen : scrolled(screen, step, size) }
}

/** The approval moved by so many lines, within its ends; keeps in mind how far it was seen. */
export function scrolled(screen: Screen, step: number, size: Size): Screen {
  if (screen.shown === undefined) return screen
  const total = contentOf(screen, size).length
  const room = roomOf(screen, size)
  const top = Math.min(Math.max(0, screen.shown.top + step), Math.max(0, total - room))
  const seen = Math.max(screen.shown.seen, Math.min(total, top + room))
  return { ...screen, shown: { ...screen.shown, top, seen } }
}

function asked(screen: Screen, view: ApprovalView, letter: string, size: Size): Question | string | undefined {
  if (letter === 'a') return approveQuestion(screen, view, size)
  if (letter === 'd')
    return view.state === 'pending'
      ? reasonQuestion(view, 'deny', 'Why not? (who asked will read it; esc: back)')
      : `It is ${view.state}: there is nothing to deny.`
  if (letter === 'c') return cancelQuestion(view)
  if (letter === 'u') return undoQuestion(view)
  return letter === 'r' ? resolveQuestion(view) : undefined
}

function approveQuestion(screen: Screen, view: ApprovalView, size: Size): Question | string {
  const { id, digest, state } = view
  if (state !== 'pending' || digest === undefined) return `It is ${state}: there is nothing to approve.`
  const unseen = contentOf(screen, size).length - (scrolled(screen, 0, size).shown?.seen ?? 0)
  const warning = unseen > 0 ? `${unseen} of its lines were not on the screen yet. ` : ''
  const yes = { do: 'approve', id, digest, confirm: false } as const
  return { kind: 'choice', view, text: `${warning}Approve this, exactly as shown? (y/N)`, keys: { y: yes, Y: yes } }
}

/** The second act by which a person confirms what they asked for themselves. */
export function confirmQuestion(view: ApprovalView): Question {
  const { id, digest = '' } = view
  const end = id.slice(-4)
  const text = `You asked for this yourself. To confirm it, type the last 4 characters of ${id} (esc: back):`
  const check = (typed: string): Command | string =>
    typed === end
      ? { do: 'approve', id, digest, confirm: true }
      : 'These are not its last 4 characters: nothing was approved.'
  return { kind: 'words', view, text, typed: '', answer: check }
}

const MOST_REASON = 500

function reasonQuestion(view: ApprovalView, act: 'deny' | 'cancel', text: string): Question {
  return {
    kind: 'words',
    view,
    text,
    typed: '',
    answer: (typed) => withReason(typed, (reason) => ({ do: act, id: view.id, reason })),
  }
}

function withReason(typed: string, command: (reason: string) => Command): Command | string {
  if (typed === '') return 'A reason is needed: nothing was done.'
  return typed.length > MOST_REASON
    ? `A reason has at most ${MOST_REASON} characters: nothing was done.`
    : command(typed)
}

function cancelQuestion(view: ApprovalView): Question | string {
  if (!['pending', 'approved', 'executing'].includes(view.state))
    return `It is ${view.state}: there is nothing to cancel.`
  const what = view.state === 'executing' ? 'Stop it between two steps?' : 'Cancel it, or take your vote back?'
  return reasonQuestion(view, 'cancel', `${what} Why? (esc: back)`)
}

function undoQuestion(view: ApprovalView): Question | string {
  const { id, state, plan } = view
  if (!isUndoable(state)) return `It is ${state}: there is nothing to undo.`
  if (plan?.undo === undefined) return 'There is no way to undo this.'
  const { parts } = plan.undo
  const first = { do: 'undo', id, part: 1 } as const
  if (parts === 1)
    return {
      kind: 'choice',
      view,
      text: 'Ask for the change that undoes this? It is decided like every change. (y/N)',
      keys: { y: first, Y: first },
    }
  const part = (typed: string): Command | string =>
    /^\d{1,3}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= parts
      ? { do: 'undo', id, part: Number(typed) }
      : `That is no part from 1 to ${parts}: nothing was done.`
  return {
    kind: 'words',
    view,
    text: `Undoing this takes ${parts} requests, in order. Which one? (1-${parts}, esc: back)`,
    typed: '',
    answer: part,
  }
}

function resolveQuestion(view: ApprovalView): Question | string {
  if (view.state !== 'outcome_unknown') return `It is ${view.state}: there is nothing to resolve.`
  const why = (outcome: Outcome): Question => ({
    kind: 'words',
    view,
    text: `${outcome}: how do you know? (esc: back)`,
    typed: '',
    answer: (typed) => withReason(typed, (reason) => ({ do: 'resolve', id: view.id, outcome, reason })),
  })
  const keys = { s: why('succeeded'), p: why('partially_applied'), f: why('failed') }
  return {
    kind: 'choice',
    view,
    text: 'What became of it? s: succeeded, p: partially applied, f: failed (any other key: back)',
    keys,
  }
}
