import type { HeadingLine } from '../render/markdown.ts'
import type { SafeHtml } from '../render/safe-html.ts'

/** Where pages are from: written for this product, or imported from kubernetes/website. */
export const SOURCES = ['own', 'official'] as const
export type DocSource = (typeof SOURCES)[number]

/** A page in the tree. */
export interface DocRow {
  /** Path below /docs. */
  path: string
  title: string
  description?: string
  source: DocSource
  /** Path of the page it is under; absent: none. */
  parent?: string
  /** Stable name of a page, such as that of a trouble. */
  id?: string
}

/** A page with what it says. */
export interface StoredPage extends DocRow {
  kinds: readonly string[]
  markdown: string
  html: SafeHtml
  headings: readonly HeadingLine[]
  /** Its address on the website it was imported from. */
  original?: string
}

/** What an own page on a trouble is found by. */
export interface TroubleWords {
  path: string
  title: string
  phrases: readonly string[]
}

/** Address of a page, or of a place in it. */
export const docUrl = (path: string, anchor = ''): string => `/docs/${path}${anchor === '' ? '' : `#${anchor}`}`

/** Rows in the order of a tree: each page, then what is under it. `before` orders the pages under one. */
export function inTreeOrder<R extends { path: string; parent?: string | undefined }>(
  rows: readonly R[],
  before: (a: R, b: R) => number,
): R[] {
  const under = Map.groupBy(rows, ({ parent }) => parent)
  const from = (parent: string | undefined): R[] =>
    (under.get(parent) ?? []).toSorted(before).flatMap((row) => [row, ...from(row.path)])
  return from(undefined)
}
