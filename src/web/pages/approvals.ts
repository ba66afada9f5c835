import { duration } from '../../services/describe/age.ts'
import type { ApprovalView } from '../../services/approvals/view.ts'
import { plainText } from '../../services/safety/visible-text.ts'
import { html, type Piece } from '../html.ts'
import { codeBlock, layout, type Place } from '../layout.ts'
import type { ApprovalList } from '../views.ts'

/** The approvals that its caller may see, to be looked at: a browser decides nothing. */
export function approvalsPage(place: Place, { approvals, continue: more }: ApprovalList, url: string): Piece {
  const body = html`<article class="results">
    <h1>Approvals</h1>
    <p class="lead">Changes that were asked for, and wait for a person. You see your own, and those that you may decide about.</p>
    ${howToDecide('')}
    ${approvals.length === 0 ? html`<p class="state good">Nothing waits</p>` : html`<ol class="hits">${approvals.map(row)}</ol>`}
    ${more === undefined ? null : html`<p><a href=${older(url, more)}>Older ones</a></p>`}
  </article>`
  return layout(place, { title: 'Approvals' }, body)
}

/** How one decides, or reads more of, an approval; of no id, of all. */
export const howToDecide = (id: string): Piece => html`<div class="notice">
  <p>This page only shows. To decide, on the machine of this server, as its account:</p>
  ${codeBlock(`k8s-mcp approvals ${id}`.trim())}
  <p>
    From a checkout it is <code>npm start --silent -- approvals</code>. <a href="/docs/tasks/approve-changes">Approve changes</a> says
    what to look at, and how to decide from elsewhere.
  </p>
</div>`

function older(url: string, more: string): string {
  const given = new URLSearchParams(url.split('?').slice(1).join('?'))
  given.set('continue', more)
  return `/approvals?${given}`
}

const row = (view: ApprovalView): Piece => html`<li>
  <h2><a href="/approvals/${encodeURIComponent(view.id)}">${titleOf(view)}</a></h2>
  ${factsOf(view)}
</li>`

/** What would happen, in one sentence. Whoever asked, and the cluster, have words in it. */
export const titleOf = ({ summary, operation }: ApprovalView): string =>
  plainText(summary ?? `${operation}: not planned yet`)

const TONES = { low: 'quiet', medium: 'warn', high: 'bad', critical: 'bad' } as const

/** How bad it is, where it stands, who asked for it, and where. */
export function factsOf(view: ApprovalView): Piece {
  const { id, risk, context, requester, createdAt } = view
  const now = Date.now()
  return html`<dl class="facts small">
    ${risk === undefined ? null : [html`<dt>Risk</dt>`, html`<dd><span class="state ${TONES[risk]}">${risk}</span></dd>`]}
    <dt>Where it stands</dt><dd>${standing(view, now)}</dd>
    <dt>Asked for</dt><dd>${time(createdAt, `${duration(now - Date.parse(createdAt))} ago`)} by ${requester.kind} ${plainText(requester.subject)}, on context <code>${plainText(context)}</code></dd>
    <dt>Approval</dt><dd><code>${id}</code></dd>
  </dl>`
}

const WORDS: Readonly<Record<string, string>> = {
  preparing: 'its plan is being made',
  pending: 'waits for a decision',
  approved: 'approved, about to run',
  executing: 'runs',
  outcome_unknown: 'ran, and nobody saw its end: a person must look and say',
}

function standing({ state, expiresAt }: ApprovalView, now: number): Piece {
  const words = WORDS[state] ?? state.replaceAll('_', ' ')
  if (state !== 'pending') return words
  const left = Date.parse(expiresAt) - now
  return [words, ', ', time(expiresAt, left > 0 ? `${duration(left)} left` : 'its time is over')]
}

const time = (at: string, text: string): Piece => html`<time datetime=${at} title=${at}>${text}</time>`
