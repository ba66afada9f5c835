import type { FilledTemplate, ParameterRow, Validation } from '../../services/templates/schema.ts'
import { bounded } from '../text.ts'

/** What a template is. */
export const templateLead = ({ name, title, description }: FilledTemplate): string =>
  `# ${title} (${name}): ${description}`

/** The manifest, and around it, as comments, what can be changed and what the API server says: all of it can be applied. */
export function templateText({ format, content, parameters, validation }: FilledTemplate): string {
  const about = [
    ...(validation === undefined ? [] : validationLines(validation)),
    'Parameters:',
    ...parameters.map(line),
  ]
  const comments = about.map((each) => `# ${each.replaceAll('\n', ' ')}`)
  return bounded([...(format === 'yaml' ? [content.trimEnd()] : [content]), ...comments].join('\n'))
}

function line({ name, type, description, allowed, default: value }: ParameterRow): string {
  const preset = value === undefined ? 'optional' : `default ${JSON.stringify(value)}`
  return `  ${name} <${type}> ${preset}: ${description} Must be ${allowed}.`
}

function validationLines({ context, summary, objects }: Validation): string[] {
  const said = objects.flatMap(({ kind, name, accepted, error, conflicts = [], warnings = [], notes = [] }) => {
    const remarks = [...(error === undefined ? [] : [error]), ...conflicts, ...warnings, ...notes]
    return accepted === 'yes' && remarks.length === 0 ? [] : [`  ${kind} ${name}: ${[accepted, ...remarks].join('; ')}`]
  })
  return [`Dry run on context ${context}: ${summary}. Nothing was changed.`, ...said]
}
