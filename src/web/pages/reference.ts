import { kindAddress } from '../../services/docs/reference/address.ts'
import type { Explained, FieldView, KindList, KindRow, ReferenceSource } from '../../services/docs/reference/schema.ts'
import { type Branch, branchesOf } from '../field-tree.ts'
import { html, type Piece } from '../html.ts'
import { type Anchor, crumbs, layout, type Place } from '../layout.ts'

const groupId = (group: string): string => `group-${group === '' ? 'core' : group}`

/** Every kind, by group. */
export function kindsPage(place: Place, { source, kinds, versions, unavailable }: KindList): Piece {
  const groups = [...Map.groupBy(kinds, ({ group }) => group)]
  const contents = groups.map(([group]) => ({ id: groupId(group), title: group === '' ? 'core' : group, level: 2 }))
  const body = html`<article>
    <h1>API reference</h1>
    <p class="lead">${kinds.length} kinds. ${sourceLine(source)}</p>
    ${noticesOf(source)}
    ${unavailable.length === 0 ? null : html`<p class="notice warn">Not answering: ${unavailable.join(', ')}</p>`}
    ${versions.length < 2 ? null : html`<p class="small">Versions: ${versions.map((each) => html`<a href="/api?version=${each}">${each}</a> `)}</p>`}
    ${groups.map(([group, rows]) => groupTable(group, rows))}
  </article>`
  return layout(place, { title: 'API reference', area: '/api', contents, wide: true }, body)
}

const groupTable = (group: string, rows: readonly KindRow[]): Piece => html`<section>
  <h2 id=${groupId(group)}>${group === '' ? 'core' : group}</h2>
  <div class="scroll" tabindex="0" role="region" aria-labelledby=${groupId(group)}>
    <table>
      <thead><tr><th scope="col">Kind</th><th scope="col">Version</th><th scope="col">Name</th><th scope="col">Namespaced</th></tr></thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr>
            <td><a href=${kindAddress(row)}><code>${row.kind}</code></a></td>
            <td>${row.version}</td>
            <td><code>${[row.name, ...row.shortNames].join(', ')}</code></td>
            <td>${row.namespaced ? 'yes' : 'no'}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>
</section>`

const sourceLine = ({ from, version, context }: ReferenceSource): string => {
  if (from === 'cluster') return `As the cluster of context ${context ?? ''} (${version}) describes them.`
  return from === 'imported'
    ? `From an imported file, ${version}.`
    : `Kubernetes ${version}, as it comes with this server.`
}

const noticesOf = ({ notes, clusterVersion }: ReferenceSource): Piece => [
  ...notes.map((note) => html`<p class="notice">${note}</p>`),
  clusterVersion === undefined
    ? null
    : html`<p class="notice">The connected cluster is Kubernetes ${clusterVersion}.</p>`,
]

/** One kind, or a field of it, with the fields below. */
export function kindPage(place: Place, explained: Explained): Piece {
  const { kind, apiVersion, path, description, fields } = explained
  const branches = branchesOf(fields)
  const contents: Anchor[] = [
    ...branches.map(({ field }) => ({ id: field.path, title: field.name, level: 2 })),
    ...(explained.usedBy.length === 0 ? [] : [{ id: 'used-by', title: 'Used by', level: 2 }]),
  ]
  const title = path === '' ? kind : `${kind}.${path}`
  const body = html`<article class="reference">
    ${crumbs([['/api', 'Reference'], [kindAddress(explained), kind], ...steps(explained)])}
    <h1><code>${title}</code></h1>
    ${noticesOf(explained.source)}
    <dl class="facts">
      <dt>apiVersion</dt><dd><code>${apiVersion}</code></dd>
      <dt>Names</dt><dd><code>${[explained.name, ...explained.shortNames].join(', ')}</code></dd>
      <dt>Scope</dt><dd>${explained.namespaced ? 'in namespaces' : 'the whole cluster'}</dd>
      ${path === '' ? null : [html`<dt>Type</dt>`, html`<dd>${typeOf(explained)}</dd>`]}
      <dt>Source</dt><dd>${sourceLine(explained.source)}</dd>
    </dl>
    ${paragraphs(description)}
    ${explained.typeDescription === undefined ? null : paragraphs(explained.typeDescription)}
    ${branches.length === 0 ? null : html`<h2 id="fields">Fields</h2>`}
    <div class="fields">${branches.map((each) => branch(each, explained, 1))}</div>
    ${usesOf(explained)}
    ${explained.also.length === 0 ? null : html`<p class="small">The same name elsewhere: ${explained.also.map((each) => html`<a href="/api/${encodeURIComponent(each)}"><code>${each}</code></a> `)}</p>`}
  </article>`
  return layout(place, { title, area: '/api', contents, scripts: ['fields.js'] }, body)
}

const paragraphs = (text: string): Piece =>
  text
    .split(/\n{2,}/)
    .filter((each) => each.trim() !== '')
    .map((each) => html`<p>${each}</p>`)

function steps(explained: Explained): [string, string][] {
  const parts = explained.path === '' ? [] : explained.path.split('.')
  return parts.map((part, at) => [
    `${kindAddress(explained)}?path=${encodeURIComponent(parts.slice(0, at + 1).join('.'))}`,
    part,
  ])
}

function branch({ field, below, left }: Branch, explained: Explained, depth: number): Piece {
  if (below.length === 0)
    return html`<div class="field leaf" id=${field.path}>${nameOf(field)}${about(field)}${more(field, left, explained)}</div>`
  return html`<details class="field" id=${field.path} open=${depth === 1 && explained.path !== ''}>
    <summary>${nameOf(field)}</summary>
    ${about(field)}
    <div class="below">${below.map((each) => branch(each, explained, depth + 1))}</div>
  </details>`
}

const nameOf = (field: FieldView): Piece =>
  html`<code class="name">${field.name}</code> ${typeOf(field)}${field.required ? html` <strong class="required">required</strong>` : null}`

const typeOf = ({ type, format }: Pick<FieldView, 'type' | 'format'>): Piece =>
  html`<span class="type">${format === undefined ? type : `${type} (${format})`}</span>`

function about(field: FieldView): Piece {
  const { description, rules = [] } = field
  return [
    description === '' ? null : html`<p>${description}</p>`,
    field.enum === undefined
      ? null
      : html`<p class="small">One of ${field.enum.map((each) => html`<code>${String(each)}</code> `)}</p>`,
    'default' in field ? html`<p class="small">Default <code>${JSON.stringify(field.default)}</code></p>` : null,
    rules.length === 0 ? null : html`<ul class="small rules">${rules.map((rule) => html`<li>${rule}</li>`)}</ul>`,
  ]
}

// Where the fields are that this page does not have.
function more({ name, path, folded }: FieldView, left: number, explained: Explained): Piece {
  if (left === 0 && folded === undefined) return null
  const said = folded === undefined ? String(left) : folded
  return html`<p class="small"><a class="more" href="${kindAddress(explained)}?path=${encodeURIComponent(path)}">Fields of ${name}</a> (${said})</p>`
}

function usesOf({ usedBy }: Explained): Piece {
  if (usedBy.length === 0) return null
  return html`<section>
    <h2 id="used-by">Used by</h2>
    <ul class="columns">
      ${usedBy.map(({ kind, fullName, path }) => html`<li><a href="/api/${encodeURIComponent(fullName)}?path=${encodeURIComponent(path)}"><code>${kind}.${path}</code></a></li>`)}
    </ul>
  </section>`
}
