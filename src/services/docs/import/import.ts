import { stat } from 'node:fs/promises'
import { importsFolder } from '../library/library.ts'
import { docUrl } from '../library/stored.ts'
import { IndexBuilder } from '../search/index-build.ts'
import { readArchive } from './archive.ts'
import { readFolder } from './folder.ts'
import { type ImportLimits, LIMITS } from './limits.ts'
import { indexable, type ReadyPages, renderPages, weightOf } from './pages.ts'
import { refused } from './refused.ts'
import { counted, type ImportProgress, type ImportReport } from './report.ts'
import { readSite, type Site } from './site.ts'
import { Sources } from './sources.ts'
import { publish } from './write.ts'

export interface ImportOptions {
  /** Folder of the server's state (DATA_DIR). */
  data: string
  /** Version of Kubernetes that the reference is of (K8S_API_VERSION): told where the pages document another. */
  apiVersion?: string | undefined
  limits?: ImportLimits
}

/**
 * Imports the official documentation from a checkout of kubernetes/website: a folder, or an archive of one. A running server uses it from
 * its next answer on. Throws `import_refused`; then, and after any other error, what was in use still is.
 */
export async function importDocs(
  path: string,
  { data, apiVersion, limits = LIMITS }: ImportOptions,
  report: (progress: ImportProgress) => void,
): Promise<ImportReport> {
  const start = performance.now()
  report({ stage: 'reading', done: 0, total: undefined })
  const sources = await gather(path, limits)
  const site = readSite(sources.texts())
  const ready = renderPages(site, report)
  if (ready.pages.length === 0) throw refused(path, 'none of its pages can be rendered')
  const index = indexOf(ready, report)
  const { length } = ready.pages
  const facts = await publish(importsFolder(data), { version: site.version, pages: ready.pages, index }, (done) =>
    report({ stage: 'writing', done, total: length }),
  )
  return {
    version: site.version,
    pages: facts.pages,
    sections: facts.sections,
    skipped: [...counted(site.skipped), ...counted(sources.leftOut)],
    failed: ready.failed,
    unknownShortcodes: counted(ready.unknown),
    brokenLinks: ready.brokenLinks,
    missingAnchors: ready.missingAnchors,
    activeContent: ready.pages.filter(({ hadActive }) => hadActive).length,
    seconds: (performance.now() - start) / 1000,
    notes: notesOn(site, apiVersion),
  }
}

async function gather(path: string, limits: ImportLimits): Promise<Sources> {
  const sources = new Sources(limits)
  const facts = await stat(path).catch((error: unknown) => {
    throw refused(
      path,
      `it cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`,
    )
  })
  if (facts.isDirectory()) await readFolder(path, sources)
  else if (facts.isFile()) await readArchive(path, facts.size, limits, sources)
  else throw refused(path, 'it is neither a folder nor a file')
  return sources
}

function indexOf({ pages }: ReadyPages, report: (progress: ImportProgress) => void) {
  const index = new IndexBuilder()
  for (const [done, page] of pages.entries()) {
    report({ stage: 'indexing', done, total: pages.length })
    const url = docUrl(page.of.path === '' ? 'official' : `official/${page.of.path}`)
    index.add({ url, title: page.of.title, weight: weightOf(page.of) }, indexable(page))
  }
  return index.finish()
}

function notesOn({ version }: Site, apiVersion: string | undefined): string[] {
  const asked = /\d+\.\d+/.exec(apiVersion ?? '')?.[0]
  if (asked === undefined || asked === version) return []
  return [`The pages document Kubernetes ${version}; K8S_API_VERSION says ${asked}.`]
}
