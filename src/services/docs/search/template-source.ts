import { IndexBuilder } from './index-build.ts'
import type { IndexData } from './index-data.ts'

/** What a template is found by. */
export interface TemplateRow {
  name: string
  title: string
  description: string
  kinds: readonly string[]
  tags: readonly string[]
}

/** Templates rank a little below pages that say the same. */
const WEIGHT = 0.9

/** The templates as an index of their own. */
export function templateIndex(rows: readonly TemplateRow[]): IndexData {
  const index = new IndexBuilder()
  for (const { name, title, description, kinds, tags } of rows)
    index.add({ url: `/templates/${name}`, title, weight: WEIGHT }, [
      {
        anchor: '',
        title,
        text: description,
        keywords: [name.replaceAll('-', ' '), 'template', ...kinds, ...tags].join(' '),
      },
    ])
  return index.finish()
}
