/** How the title of a heading becomes its anchor. */
export type Slug = (title: string) => string

/** As GitHub does: marks go, blanks become hyphens. */
export const githubSlug: Slug = (title) =>
  title
    .toLowerCase()
    .trim()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

/** As Hugo's `blackfriday` does: whatever is no letter and no digit becomes one hyphen. */
export const blackfridaySlug: Slug = (title) =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')

/** Anchors of one page: each only once. */
export class Anchors {
  readonly #taken = new Set<string>()

  /** This anchor, or with a number behind it where it is taken. */
  unique(wanted: string): string {
    const base = wanted === '' ? 'section' : wanted
    let anchor = base
    for (let count = 1; this.#taken.has(anchor); count++) anchor = `${base}-${count}`
    this.#taken.add(anchor)
    return anchor
  }
}
