import type { Problem } from '../../errors.ts'
import { type Around, codeBlock, crumbs, layout, type Place } from '../layout.ts'
import type { FilledTemplate, ParameterRow, TemplateRow } from '../../services/templates/schema.ts'
import { html, type Piece } from '../html.ts'
import { yamlBlock } from '../yaml.ts'
import { linked } from './error.ts'

/** Every template. */
export function templatesPage(place: Place, templates: readonly TemplateRow[]): Piece {
  const body = html`<article>
    <h1>Templates</h1>
    <p class="lead">${templates.length} manifests, checked against a real API server. Put in your own values, then copy or apply.</p>
    <ul class="cards ways">
      ${templates.map(
        ({ name, title, description, kinds }) => html`<li class="card">
          <h2><a href="/templates/${name}">${title}</a></h2>
          <p>${description}</p>
          <p class="small">${kinds.map((kind) => html`<code class="tag">${kind}</code> `)}</p>
        </li>`,
      )}
    </ul>
  </article>`
  return layout(place, { title: 'Templates', area: '/templates', wide: true }, body)
}

/** How a template was asked for. */
export interface Filling {
  /** What its parameters are, as a form sends them. */
  query: string
  /** Why the template is not filled in, or not tried, as it was asked for. */
  problem?: Problem | undefined
}

/** One template: its parameters as a form, its manifest beside it. */
export function templatePage(place: Place, template: FilledTemplate, { query, problem }: Filling): Piece {
  const { name, title, description, content } = template
  const isBad = problem?.code === 'bad_input'
  const parameters = isBad ? asTyped(template.parameters, new URLSearchParams(query)) : template.parameters
  const yaml = yamlUrl(template, isBad ? '' : query)
  const body = html`<article class="template">
    ${crumbs([['/templates', 'Templates']])}
    <h1>${title}</h1>
    ${description === undefined ? null : html`<p class="lead">${description}</p>`}
    <div class="beside">
      <form class="parameters" action="/templates/${name}#manifest" data-template=${name}>
        <h2>Values</h2>
        ${parameters.map(parameter)}
        <p class="actions">
          <button type="submit">Show the manifest</button>
          ${tryButton(place.around)}
        </p>
      </form>
      <section aria-labelledby="manifest">
        <h2 id="manifest">Manifest</h2>
        <p class="notice bad" id="fault" role="alert" hidden=${!isBad}>${isBad ? `${problem.message} The manifest shown has the template’s own values.` : null}</p>
        ${template.validation === undefined ? null : validated(template.validation)}
        ${problem === undefined || isBad ? null : untried(problem)}
        ${yamlBlock(content, 'yaml')}
        <p class="small"><a id="as-yaml" href=${yaml}>This YAML as a file</a></p>
        <h2 id="apply">Apply it</h2>
        <p>The server plans it and asks a person for approval; nothing changes before.</p>
        ${codeBlock(applyCommand(place.base.replace(/\/$/, ''), yaml), 'command')}
      </section>
    </div>
  </article>`
  return layout(place, { title, area: '/templates', wide: true, scripts: ['template.js'] }, body)
}

const applyCommand = (base: string, yaml: string): string =>
  [
    `curl -sf '${base}${yaml.replaceAll("'", '%27')}' |`,
    `  curl -sf ${base}/cluster/apply -H 'content-type: application/yaml' --data-binary @-`,
  ].join('\n')

// Only where there is a cluster to try it on, and its caller may know.
function tryButton(around: Around | undefined): Piece {
  const { context = 'none' } = around ?? {}
  if (context === 'none') return null
  return html`<button type="submit" class="plain" name="validate" value="server">Dry run on ${context.name}</button>`
}

// Fields that were left empty are as if they were not there, but for lists that would then have their default again.
function yamlUrl({ name, parameters }: FilledTemplate, query: string): string {
  const cleared = parameters.filter((each) => hasEntries(each.default) && !hasEntries(each.value))
  const given = [...new URLSearchParams(query)].filter(
    ([key, value]) => value !== '' && key !== 'format' && key !== 'validate',
  )
  const emptied = cleared.map((each) => [each.name, ''])
  return `/templates/${name}?${new URLSearchParams([...given, ...emptied, ['format', 'yaml']])}`
}

const hasEntries = (value: ParameterRow['value']): boolean => Array.isArray(value) && value.length > 0

type Validation = NonNullable<FilledTemplate['validation']>

const ACCEPTED = {
  yes: ['good', 'accepted'],
  no: ['bad', 'refused'],
  unknown: ['warn', 'not tried'],
} as const

function validated({ context, summary, objects }: Validation): Piece {
  const isRefused = objects.some(({ accepted }) => accepted === 'no')
  return html`<div class=${isRefused ? 'notice bad' : 'notice'} id="verdict" role="status">
    <p>Dry run on context <code>${context}</code>: ${summary}. Nothing was changed.</p>
    <ul class="list">
      ${objects.map(verdict)}
    </ul>
  </div>`
}

const untried = (problem: Problem): Piece => html`<div class="notice bad" id="verdict" role="alert">
  <p>The dry run did not happen. ${problem.message}</p>
  ${problem.next === undefined ? null : html`<p>${linked(problem.next, { problem, path: '' })}</p>`}
</div>`

function verdict({
  kind,
  name,
  namespace,
  accepted,
  error,
  conflicts = [],
  warnings = [],
  notes = [],
}: Validation['objects'][number]): Piece {
  const [tone, word] = ACCEPTED[accepted]
  const said = [...(error === undefined ? [] : [error]), ...conflicts, ...warnings, ...notes]
  const place = namespace === undefined ? name : `${namespace}/${name}`
  return html`<li>
    <span class="state ${tone}">${kind} ${place}: ${word}</span>
    ${said.map((each) => html`<p class="small">${each}</p>`)}
    ${error === undefined ? null : html`<p class="small"><a href="/search?q=${encodeURIComponent(error.slice(0, MOST_LOOKED_UP))}">What this means</a></p>`}
  </li>`
}

const MOST_LOOKED_UP = 300

// As they were typed: a form sends texts.
const asTyped = (parameters: readonly ParameterRow[], typed: URLSearchParams): ParameterRow[] =>
  parameters.map((each) => {
    const values = typed.getAll(each.name).filter((value) => value !== '')
    const [first] = values
    const value = each.type === 'list' ? values : first
    return typed.has(each.name) && value !== undefined ? { ...each, value } : each
  })

function parameter(each: ParameterRow): Piece {
  const id = `p-${each.name}`
  return html`<div class="parameter">
    <label for=${id}>${each.name}</label>
    ${control(each, id)}
    <p class="small quiet" id="${id}-about">${each.description} ${each.choices === undefined ? `Must be ${each.allowed}.` : null}</p>
  </div>`
}

function control(each: ParameterRow, id: string): Piece {
  const { name, type, choices } = each
  const value = each.value ?? each.default
  const shared = { id, name, 'aria-describedby': `${id}-about` }
  if (type === 'list') return entries(each, Array.isArray(value) ? value : [], shared)
  const options = type === 'flag' ? ['true', 'false'] : choices
  return options === undefined ? field(each, value, shared) : select(options, value, shared)
}

type Attributes = Readonly<Record<string, unknown>>

const select = (
  options: readonly string[],
  value: ParameterRow['value'],
  shared: Attributes,
): Piece => html`<select ...${shared}>
  ${value !== undefined && options.includes(String(value)) ? null : html`<option value=""></option>`}
  ${options.map((option) => html`<option value=${option} selected=${option === String(value)}>${option}</option>`)}
</select>`

const field = ({ type, minimum, maximum }: ParameterRow, value: ParameterRow['value'], shared: Attributes): Piece =>
  html`<input
    ...${shared}
    type=${type === 'number' ? 'number' : 'text'}
    min=${type === 'number' ? minimum : undefined}
    max=${type === 'number' ? maximum : undefined}
    value=${value === undefined ? undefined : String(value)}
    spellcheck=${false}
  />`

// One more than there are: without script the page that comes back has the next.
function entries(
  { name, maximum = 20, pairs = false, default: preset }: ParameterRow,
  values: readonly string[],
  shared: Attributes,
): Piece {
  const shown = values.length < maximum ? [...values, ''] : values
  return shown.map((value, at) => {
    const own = at === 0 ? shared : { name, 'aria-label': `${name} ${at + 1}` }
    const attributes = { ...own, 'data-list': hasEntries(preset) ? 'preset' : '', 'data-most': maximum }
    return pairs
      ? html`<textarea ...${attributes} rows=${value.split('\n').length} spellcheck=${false}>${value}</textarea>`
      : html`<input ...${attributes} type="text" value=${value} spellcheck=${false} />`
  })
}
