import type { Info } from '../../services/server.ts'
import { html, type Piece } from '../html.ts'
import { countOf, layout, type Place, searchForm, type Waiting } from '../layout.ts'

const WAYS = [
  ['/docs/troubleshooting', 'Something is broken', 'Symptoms as you see them, how to look closer, causes and fixes.'],
  ['/docs', 'Documentation', 'Concepts, tasks and how to use this server.'],
  ['/api', 'API reference', 'Every kind and field: type, meaning, default, where it is used.'],
  ['/templates', 'Templates', 'Manifests that pass the strictest Pod Security, with your own values.'],
  ['/swagger', 'Swagger UI', 'Every operation of this server, to be tried.'],
  ['/docs/tasks/use-from-an-agent', 'Connect an agent', 'This server speaks MCP at /mcp and over stdio.'],
] as const

const SYMPTOMS = ['CrashLoopBackOff', 'ImagePullBackOff', 'Pending', 'OOMKilled', 'FailedScheduling']

/** The start page: what is connected, what waits, and where to go. */
export function startPage(place: Place, info: Info): Piece {
  const body = html`<div class="start">
    <h1>Look up, look closer, ask for a change</h1>
    <p class="lead">${info.description}</p>
    <div class="big-search">${searchForm('start-search', '')}</div>
    <p class="small try">
      Try ${SYMPTOMS.map((each, at) => [at === 0 ? '' : ' · ', html`<a href="/search?q=${each}">${each}</a>`])}
    </p>
    <div class="cards two">
      ${connection(info)} ${approvals(place.around?.waiting)}
    </div>
    <h2>Where to go</h2>
    <ul class="cards ways">
      ${WAYS.map(([href, title, about]) => html`<li class="card"><h3><a href=${href}>${title}</a></h3><p>${about}</p></li>`)}
    </ul>
  </div>`
  return layout(place, { title: '', wide: true, searches: true }, body)
}

const STATES = {
  connected: ['good', 'Connected'],
  unavailable: ['bad', 'Does not answer'],
  unknown: ['quiet', 'Not known'],
  none: ['quiet', 'Documentation only'],
} as const

function connection({ cluster, version }: Info): Piece {
  const [tone, word] = STATES[cluster.state]
  const facts = [
    ['Context', cluster.context],
    ['API server', cluster.server],
    ['Kubernetes', cluster.version],
    ['As', cluster.user],
  ].filter(([, value]) => value !== undefined)
  return html`<section class="card" aria-labelledby="connection">
    <h2 id="connection">Cluster</h2>
    <p class="state ${tone}">${word}</p>
    ${cluster.problem === undefined ? null : html`<p>${cluster.problem}</p>`}
    ${cluster.next === undefined ? null : html`<p class="quiet">${cluster.next}</p>`}
    ${facts.length === 0 ? null : html`<dl class="facts">${facts.map(([name, value]) => [html`<dt>${name}</dt>`, html`<dd><code>${value}</code></dd>`])}</dl>`}
    <p class="quiet small">k8s-mcp ${version}</p>
  </section>`
}

function approvals(waiting: Waiting | undefined): Piece {
  return html`<section class="card" aria-labelledby="waiting">
    <h2 id="waiting">Approvals</h2>
    ${waiting === undefined ? html`<p class="state quiet">Not shown</p><p>What waits for a decision is shown to its requester and to approvers.</p>` : count(waiting)}
  </section>`
}

function count(waiting: Waiting): Piece {
  if (waiting.open === 0)
    return html`<p class="state good">Nothing waits</p><p>No change asked for here waits for a decision. Every change does, before it is made.</p>`
  return html`<p class="state warn">${countOf(waiting)} open</p>
    <p>Changes that wait for a decision, run, or whose end nobody saw. <a href="/approvals">See them</a>, and how to decide.</p>`
}
