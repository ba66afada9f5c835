import { kindAddress } from '../../services/docs/reference/address.ts'
import type { Explained, FieldView, KindList, KindRow, ReferenceSource } from '../../services/docs/reference/schema.ts'
import { type Branch, branchesOf } from '../field-tree.ts'
import { html, type Piece } from '../html.ts'
import { type Anchor, crumbs, layout, type Place } from '../layout.ts'

/** An address of the reference for readers of the version that was asked for: they stay in it. */
type To = (address: string) => string

const toVersion =
  (version: string | undefined): To =>
  (address) =>
    version === undefined
      ? address
      : `${address}${address.includes('?') ? '&' : '?'}version=${encodeURIComponent(version)}`

const groupId = (group: string): string => `group-${group === '' ? 'core' : group}`

/** Every kind, by group; `version`: the one that was asked for. */
export function kindsPage(place: Place, list: KindList, version: string | undefined): Piece {
  const { source, kinds, unavailable } = list
  const to = toVersion(version)
  const groups = [...Map.groupBy(kinds, ({ group }) => group)]
  const contents = groups.map(([group]) => ({ id: groupId(group), title: group === '' ? 'core' : group, level: 2 }))
  const body = html`<article>
    <h1>API reference</h1>
    <p class="lead">${kinds.length} kinds. ${sourceLine(source)}</p>
    ${noticesOf(source)}
    ${unavailable.length === 0 ? null : html`<p class="notice warn">Not answering: ${unavailable.join(', ')}</p>`}
    ${versionsOf(list, version)}
    ${groups.map(([group, rows]) => groupTable(group, rows, to))}
  </article>`
  return layout(place, { title: 'API reference', area: '/api', contents, wide: true }, body)
}

const versionsOf = ({ versions }: KindList, version: string | undefined): Piece =>
  versions.length < 2
    ? null
    : html`<p class="small">
        Versions: ${versions.map((each) => html`<a href="/api?version=${each}" aria-current=${each === version ? 'page' : undefined}>${each}</a> `)}
      </p>`

const groupTable = (group: string, rows: readonly KindRow[], to: To): Piece => html`<section>
  <h2 id=${groupId(group)}>${group === '' ? 'core' : group}</h2>
  <div class="scroll" tabindex="0" role="region" aria-labelledby=${groupId(group)}>
    <table>
      <thead><tr><th scope="col">Kind</th><th scope="col">Version</th><th scope="col">Name</th><th scope="col">Namespaced</th></tr></thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr>
            <td><a href=${to(kindAddress(row))}><code>${row.kind}</code></a></td>
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
  if (from === 'cluster')
    return `The cluster of context ${context ?? ''} itself (Kubernetes ${version.replace(/^v/, '')}).`
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

/** One kind or a field of it, and how it is linked from. */
interface Shown {
  explained: Explained
  to: To
}

/** One kind, or a field of it, with the fields below; `version`: the one that was asked for. */
export function kindPage(place: Place, explained: Explained, version: string | undefined): Piece {
  const shown = { explained, to: toVersion(version) }
  const { kind, apiVersion, path, description, fields } = explained
  const branches = branchesOf(fields)
  const contents: Anchor[] = [
    ...branches.map(({ field }) => ({ id: field.path, title: field.name, level: 2 })),
    ...(explained.usedBy.length === 0 ? [] : [{ id: 'used-by', title: 'Used by', level: 2 }]),
  ]
  const title = path === '' ? kind : `${kind}.${path}`
  const body = html`<article class="reference">
    ${crumbs([[shown.to('/api'), 'Reference'], ...steps(shown)])}
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
    <div class="fields">${branches.map((each) => branch(each, shown, 1))}</div>
    ${usesOf(shown)}
    ${explained.also.length === 0 ? null : html`<p class="small">The same name elsewhere: ${explained.also.map((each) => html`<a href=${shown.to(`/api/${encodeURIComponent(each)}`)}><code>${each}</code></a> `)}</p>`}
  </article>`
  return layout(place, { title, area: '/api', contents, scripts: ['fields.js'] }, body)
}

const paragraphs = (text: string): Piece =>
  text
    .split(/\n{2,}/)
    .filter((each) => each.trim() !== '')
    .map((each) => html`<p>${each}</p>`)

const fieldPage = ({ explained, to }: Shown, path: string): string =>
  to(`${kindAddress(explained)}?path=${encodeURIComponent(path)}`)

function steps(shown: Shown): [string, string][] {
  const { explained, to } = shown
  const parts = explained.path === '' ? [] : explained.path.split('.')
  return [
    [to(kindAddress(explained)), explained.kind],
    ...parts.map((part, at): [string, string] => [fieldPage(shown, parts.slice(0, at + 1).join('.')), part]),
  ]
}

function branch({ field, below, left }: Branch, shown: Shown, depth: number): Piece {
  if (below.length === 0)
    return html`<div class="field" id=${field.path}>${nameOf(field)}${about(field)}${more(field, left, shown)}</div>`
  const isOpen = depth === 1 && (shown.explained.path !== '' || field.name === 'spec')
  return html`<details class="field" id=${field.path} open=${isOpen}>
    <summary>${nameOf(field)}</summary>
    ${about(field)}
    <div class="below">${below.map((each) => branch(each, shown, depth + 1))}</div>
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
function more({ name, path, folded }: FieldView, left: number, shown: Shown): Piece {
  if (left === 0 && folded === undefined) return null
  const said = folded === undefined ? String(left) : folded
  return html`<p class="small"><a class="more" href=${fieldPage(shown, path)}>Fields of ${name}</a> (${said})</p>`
}

function usesOf({ explained: { usedBy }, to }: Shown): Piece {
  if (usedBy.length === 0) return null
  return html`<section>
    <h2 id="used-by">Used by</h2>
    <ul class="columns">
      ${usedBy.map(({ kind, fullName, path }) => html`<li><a href=${to(`/api/${encodeURIComponent(fullName)}?path=${encodeURIComponent(path)}`)}><code>${kind}.${path}</code></a></li>`)}
    </ul>
  </section>`
}
