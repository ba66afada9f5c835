import type { TObject } from 'typebox'
import { Settings } from '../../src/config.ts'
import type { Route } from '../../src/http/page.ts'
import { groupOf, type Operation } from '../../src/operations/define.ts'
import { defaultWords, descriptionOf, page, table, typeWords } from './markdown.ts'

/** static/docs/reference/settings.md: every setting, from the schema that checks it. */
export function settingsPage(): string {
  const rows = Object.entries(Settings.properties).map(([name, schema]) => [
    `\`${name}\``,
    typeWords(schema),
    defaultWords(schema),
    descriptionOf(schema),
  ])
  const intro =
    'Environment variables; a file `k8s-mcp.yaml` in the working directory may say the same under the same names. The command line wins over the environment, the environment over the file. Lists are comma-separated.'
  return page('Settings', intro, [table(['setting', 'type', 'default', 'meaning'], rows)])
}

/** static/docs/reference/operations.md: every operation with its routes, its tool and its parameters. */
export function operationsPage(
  operations: readonly Operation[],
  pages: readonly Route[],
  toolOf: (name: string) => string,
): string {
  const groups = [...new Set(operations.map(groupOf))]
  const intro =
    'Every operation is offered by REST and by MCP with the same input and the same answer. Parameters stand in the path, the query (GET, DELETE) or a JSON body; in MCP they are the arguments of the tool. `tools/call` takes the dotted names too.'
  const overview = table(
    ['operation', 'REST', 'MCP tool', 'what it does'],
    operations.map((each) => [
      `[${each.name}](#${anchor(each.name)})`,
      routesOf(each, pages).join(', '),
      `\`${toolOf(each.name)}\``,
      each.title,
    ]),
  )
  const sections = groups.flatMap((group) => [
    `## ${group}`,
    ...operations.filter((each) => groupOf(each) === group).map((each) => section(each, pages, toolOf(each.name))),
  ])
  return page('Operations', intro, [overview, ...sections])
}

const anchor = (name: string): string => name.toLowerCase().replaceAll('.', '')

const routesOf = (operation: Operation, pages: readonly Route[]): string[] =>
  pages.filter((each) => each.operation === operation).map(({ method, path }) => `\`${method} ${path}\``)

const KINDS = { read: 'Read', change: 'Change: waits for a person', decision: 'Decision' }

function section(operation: Operation, pages: readonly Route[], tool: string): string {
  const facts = [`${KINDS[operation.kind]} · REST ${routesOf(operation, pages).join(', ')} · MCP \`${tool}\``]
  return [
    `### ${operation.name}`,
    `${operation.title}. ${operation.description}`,
    ...facts,
    parameters(operation.input),
  ].join('\n\n')
}

function parameters(input: TObject): string {
  const required = new Set(input.required)
  const rows = Object.entries(input.properties).map(([name, schema]) => [
    `\`${name}\`${required.has(name) ? ' (required)' : ''}`,
    typeWords(schema),
    defaultWords(schema),
    descriptionOf(schema),
  ])
  return rows.length === 0 ? 'No parameters.' : table(['parameter', 'type', 'default', 'meaning'], rows)
}
