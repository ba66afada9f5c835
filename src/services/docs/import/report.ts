/** How far an import is. */
export interface ImportProgress {
  stage: 'reading' | 'rendering' | 'indexing' | 'writing'
  done: number
  /** Undefined where it is not known. */
  total: number | undefined
}

export interface Counted {
  what: string
  count: number
}

/** What an import came to. */
export interface ImportReport {
  /** Version of Kubernetes that the pages document. */
  version: string
  pages: number
  /** Parts of pages that can be found. */
  sections: number
  /** Files of the source that are no page of their own, by why. */
  skipped: Counted[]
  /** Pages that could not be rendered, each with why. */
  failed: { page: string; why: string }[]
  /** Shortcodes that are not known: their text is kept. */
  unknownShortcodes: Counted[]
  /** Links to pages that the source does not have: they go to the website. */
  brokenLinks: number
  /** Links to an anchor that its page does not have. */
  missingAnchors: number
  /** Pages with scripts, styles, frames or forms in them: left out of the page. */
  activeContent: number
  seconds: number
  notes: string[]
}

/** Most first. */
export const counted = (counts: ReadonlyMap<string, number>): Counted[] =>
  [...counts]
    .map(([what, count]) => ({ what, count }))
    .toSorted((a, b) => b.count - a.count || a.what.localeCompare(b.what))
