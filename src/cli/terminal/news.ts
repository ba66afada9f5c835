import type { ApprovalView } from '../../services/approvals/view.ts'
import type { Screen } from './screen.ts'

/** The screen with a list that was just read. The mark stays where it was, or goes to the first. */
export function withRows(screen: Screen, rows: readonly ApprovalView[], more: boolean): Screen {
  const kept = rows.some(({ id }) => id === screen.chosen)
  const before = screen.rows.findIndex(({ id }) => id === screen.chosen)
  const chosen = kept ? screen.chosen : rows[Math.min(Math.max(0, before), rows.length - 1)]?.id
  return { ...screen, rows, more, chosen, connected: true }
}

/**
 * The screen with an approval that was just read. A question about it that was asked before it changed is withdrawn: what would be
 * answered is no longer what is on the screen.
 */
export function withShown(screen: Screen, view: ApprovalView): Screen {
  const { shown, question } = screen
  const same = shown?.view.id === view.id
  const moved = question !== undefined && (question.view.state !== view.state || question.view.digest !== view.digest)
  return {
    ...screen,
    connected: true,
    shown: { view, top: same ? shown.top : 0, seen: same && shown.view.digest === view.digest ? shown.seen : 0 },
    question: moved || !same ? undefined : question,
    ...(moved ? { notice: { text: `It is ${view.state} now: look again.`, style: 'medium' as const } } : {}),
  }
}
