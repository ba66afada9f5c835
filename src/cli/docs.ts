import type { ParseArgsOptionsConfig } from 'node:util'
import { dataPlaces } from '../config.ts'
import type { ImportProgress, ImportReport } from '../services/docs/import/report.ts'
import { parsed } from './arguments.ts'
import { COMMON, COMMON_HELP, type Command, needed, placesIn, print, printJson } from './command.ts'

const OPTIONS = { ...COMMON } as const satisfies ParseArgsOptionsConfig

export const docsImport: Command = {
  words: 'docs import',
  help: `Usage: k8s-mcp docs import PATH [options]

Imports the official Kubernetes documentation from a checkout of kubernetes/website: its folder, or a .tar.xz or .tar.gz of it
(CC BY 4.0; every page says so). A running server has it from its next answer on.

${COMMON_HELP}`,
  async run(args, configOf) {
    const path = args[0]?.startsWith('-') === true ? undefined : args[0]
    const values = parsed(path === undefined ? args : args.slice(1), OPTIONS)
    const { config } = configOf(placesIn(values))
    const from = needed('PATH', path)
    // Loaded only here: what renders is not needed by any other sub-command.
    const { importDocs } = await import('../services/docs/import/import.ts')
    const bar = progressBar()
    const options = { data: dataPlaces(config).folder, apiVersion: config.K8S_API_VERSION }
    const report = await importDocs(from, options, bar.show).finally(bar.end)
    if (values.json === true) printJson(report)
    else print(told(report))
    return report.failed.length === 0 ? 0 : 1
  },
}

/** One line on stderr that is written over, where that is a terminal. */
function progressBar(): { show: (progress: ImportProgress) => void; end: () => void } {
  const isTerminal = process.stderr.isTTY
  let shown = ''
  return {
    show({ stage, done, total }) {
      const share = total === undefined ? '' : ` ${Math.floor((100 * done) / Math.max(total, 1))} %`
      const line = `${stage}${share}`
      if (!isTerminal || line === shown) return
      shown = line
      process.stderr.write(`\r\u001b[K${line}`)
    },
    end: () => void (isTerminal && process.stderr.write('\r\u001b[K')),
  }
}

const list = (title: string, counts: readonly { what: string; count: number }[]): string[] =>
  counts.length === 0 ? [] : [title, ...counts.map(({ what, count }) => `  ${String(count).padStart(6)}  ${what}`)]

function told(report: ImportReport): string {
  return [
    `Kubernetes ${report.version}: ${report.pages} pages, ${report.sections} sections, in ${report.seconds.toFixed(1)} s.`,
    ...list('Skipped:', report.skipped),
    ...list('Shortcodes that are not known (their text is kept):', report.unknownShortcodes),
    `Links to pages that are not in the source: ${report.brokenLinks}; to anchors that are not there: ${report.missingAnchors}.`,
    ...(report.activeContent === 0
      ? []
      : [`Pages with scripts, styles, frames or forms, which were taken out: ${report.activeContent}.`]),
    ...report.failed.map(({ page, why }) => `Not rendered: ${page}: ${why}`),
    ...report.notes,
  ].join('\n')
}

const API_OPTIONS = { ...COMMON, version: { type: 'string' } } as const satisfies ParseArgsOptionsConfig

export const docsImportApi: Command = {
  words: 'docs import-api',
  help: `Usage: k8s-mcp docs import-api FILE [options]

Reads the API reference of another version from a file: Kubernetes' own OpenAPI (swagger.json of version 2, or a document of version 3).
A running server has it from its next answer on: GET /api/pod?version=VERSION.

  --version VERSION    version that the file is of, where it does not say
${COMMON_HELP}`,
  async run(args, configOf) {
    const file = args[0]?.startsWith('-') === true ? undefined : args[0]
    const values = parsed(file === undefined ? args : args.slice(1), API_OPTIONS)
    const { config } = configOf(placesIn(values))
    const from = needed('FILE', file)
    const { importApi } = await import('../services/docs/reference/import-api.ts')
    const given = values.version === undefined ? {} : { version: values.version }
    const imported = importApi(from, { data: dataPlaces(config).folder, ...given })
    if (values.json === true) printJson(imported)
    else print([`Kubernetes ${imported.version}: ${imported.kinds} kinds.`, ...imported.notes].join('\n'))
    return 0
  },
}
