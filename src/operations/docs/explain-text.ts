import type { Explained, FieldView, ReferenceSource } from '../../services/docs/reference/schema.ts'
import { beginning } from '../../services/docs/reference/tree.ts'
import { bounded } from '../text.ts'

/** What a model reads of an explanation: the whole text of what was asked about, and a line for each of its fields. */
export function explainText(output: Explained): string {
  const { fields, usedBy, also } = output
  const recursive = fields.some(({ depth }) => depth > 1)
  const list = fields.flatMap((field) => (recursive ? [treeLine(field)] : [fieldLine(field), ...says(field)]))
  const uses = usedBy.slice(0, 8).map((each) => `${each.kind} ${each.path}`)
  return bounded(
    [
      `${output.kind} ${output.apiVersion} (${[output.name, ...output.shortNames].join(', ')}; ${output.namespaced ? 'namespaced' : 'not namespaced'}; ${sourceText(output.source)})`,
      ...output.source.notes,
      ...(output.path === '' ? [] : [fieldLine({ ...output, name: output.path, depth: 0 })]),
      ...[output.description, output.typeDescription ?? ''].filter((text) => text !== ''),
      ...(list.length === 0 ? [] : ['Fields:', ...list]),
      ...(uses.length === 0 ? [] : [`Also in: ${uses.join(', ')}${usedBy.length > uses.length ? ' ...' : ''}`]),
      ...(also.length === 0 ? [] : [`Other kinds of that name: ${also.join(', ')}`]),
    ].join('\n'),
  )
}

/** Where an answer is from, in a few words. */
export const sourceText = ({ from, version, context }: ReferenceSource): string =>
  from === 'cluster' ? `context ${context ?? ''}, ${version}` : `${from} reference, Kubernetes ${version}`

function fieldLine({ name, type, format, required, depth, ...field }: FieldView): string {
  const facts = [
    ...(required ? ['required'] : []),
    ...(field.enum === undefined ? [] : [`one of ${field.enum.map(String).join(', ')}`]),
    ...('default' in field ? [`default ${JSON.stringify(field.default)}`] : []),
    ...(field.rules ?? []),
  ]
  const about = facts.length === 0 ? '' : ` ${facts.join('; ')}`
  return `${'  '.repeat(depth)}${name} <${type}${format === undefined ? '' : ` ${format}`}>${about}`
}

const treeLine = (field: FieldView) => (field.folded === undefined ? fieldLine(field) : `${fieldLine(field)} ...`)

const says = ({ description, depth }: FieldView) =>
  description === '' ? [] : [`${'  '.repeat(depth + 1)}${beginning(description)}`]
