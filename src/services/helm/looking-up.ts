import { readFile } from 'node:fs/promises'
import type { Fields } from '../describe/read.ts'
import { readChartArchive } from './chart-archive.ts'
import type { HelmTools } from './changing.ts'
import type { PinnedChart } from './charts.ts'

/**
 * Whether a chart may look things up in the cluster when Helm renders it. Its templates are code that runs as this server: what they find
 * must reach nobody before a person has approved it, not by what is shown, by an error, or by the time it takes. So nothing is looked up
 * for a plan of such a chart. Told by its texts: without the word lookup in a template, or tpl, which runs other texts as templates, it
 * cannot.
 */
export interface LookingUp {
  /** It may. */
  may: boolean
  /** Files that say lookup. Where there are none it is hidden, if it is there at all. */
  files: readonly string[]
}

const TEMPLATE = /(?:^|\/)templates\//
const LOOKUP = /\blookup\b/
const TPL = /\btpl\b/
const GIVEN = 'the given values'

/** Reads every file of a stored chart, its subcharts' too, for what it may look up. Throws `bad_chart`. */
export async function lookingUp({ charts }: HelmTools, { sha256 }: PinnedChart, values: Fields): Promise<LookingUp> {
  const { files } = await readChartArchive(await readFile(charts.path(sha256)), () => true)
  const texts = files.map(({ path, bytes }) => ({ path, text: bytes.toString('latin1') }))
  const templates = texts.filter(({ path }) => TEMPLATE.test(path))
  const may = templates.some(({ text }) => LOOKUP.test(text) || TPL.test(text))
  if (!may) return { may, files: [] }
  const all = [...texts, { path: GIVEN, text: JSON.stringify(values) }]
  return { may, files: all.filter(({ text }) => LOOKUP.test(text)).map(({ path }) => path) }
}
