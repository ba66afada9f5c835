import type { ApprovalView } from '../../services/approvals/view.ts'
import { unifiedLines } from '../../services/manifests/rows.ts'
import { plainText } from '../../services/safety/visible-text.ts'
import { html, type Piece } from '../html.ts'
import { codeBlock, crumbs, layout, type Place } from '../layout.ts'
import { factsOf, howToDecide, titleOf } from './approvals.ts'

type Plan = NonNullable<ApprovalView['plan']>

/** One approval, to be looked at: warnings first, then what would change. */
export function approvalPage(place: Place, view: ApprovalView): Piece {
  const { id, plan, reason, state } = view
  const body = html`<article>
    ${crumbs([['/approvals', 'Approvals']])}
    <h1>${titleOf(view)}</h1>
    ${plan === undefined ? null : plan.warnings.map(warning)}
    ${factsOf(view)}
    ${reason === undefined ? null : html`<p>Why it ended so: ${plainText(reason)}</p>`}
    ${plan === undefined ? html`<p class="quiet">There is no plan to show.</p>` : planOf(plan, OPEN.has(state))}
    ${OPEN.has(state) ? howToDecide(id) : null}
  </article>`
  return layout(place, { title: `Approval ${id}` }, body)
}

const OPEN: ReadonlySet<ApprovalView['state']> = new Set(['pending', 'outcome_unknown'])

const warning = ({ risk, text }: Plan['warnings'][number]): Piece =>
  html`<p class="notice ${risk === 'high' || risk === 'critical' ? 'bad' : 'warn'}"><strong>Warning (${risk}):</strong> ${plainText(text)}</p>`

const planOf = ({ diff, warnings, riskReasons, notes, undo }: Plan, isOpen: boolean): Piece => html`
  ${reasons(riskReasons.filter((reason) => !warnings.some(({ text }) => text === reason)))}
  <h2 id="changes">${isOpen ? 'What would change' : 'What was planned'}</h2>
  ${diff.map(objectOf)}
  ${notes.map((note) => html`<p class="small">${plainText(note)}</p>`)}
  <p>${undo === undefined ? 'There is no undo.' : `It can be put back by a request of its own (${undo.operation}).`} ${lossesOf(undo)}</p>
`

const reasons = (all: readonly string[]): Piece =>
  all.length === 0
    ? null
    : html`<p>Why it is a risk:</p>
        <ul>
          ${all.map((each) => html`<li>${plainText(each)}</li>`)}
        </ul>`

const ACTIONS = { create: 'Create', change: 'Change', delete: 'Delete', run: 'Run in' } as const

function objectOf({ action, target, changes, cut, dryRun }: Plan['diff'][number]): Piece {
  const lines = unifiedLines(changes.filter(({ filled }) => filled !== true))
  return html`<h3>${ACTIONS[action]} ${plainText(target)}</h3>
    ${dryRun ? null : html`<p class="small">The API server has not tried it.</p>`}
    ${lines.length === 0 ? null : codeBlock(plainText(lines.join('\n')))}
    ${cut === undefined ? null : html`<p class="small">${cut} more changes are not shown.</p>`}`
}

const lossesOf = (undo: Plan['undo']): string =>
  undo === undefined || undo.loses.length === 0 ? '' : `It cannot bring back: ${plainText(undo.loses.join(', '))}.`
