import { globSync } from 'node:fs'
import { join } from 'node:path'

/** Why tests of the official documentation are left out. */
export const withoutCorpus = 'needs the official documentation in the folder that K8S_DOCS_CORPUS names'

/** The archive of the official documentation; undefined where K8S_DOCS_CORPUS names none. */
export function corpusArchive(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = environment.K8S_DOCS_CORPUS
  if (folder === undefined || folder === '') return undefined
  const [archive] = globSync('kubernetes-docs-*.tar.*', { cwd: folder })
  return archive === undefined ? undefined : join(folder, archive)
}
