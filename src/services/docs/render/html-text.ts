// Reads HTML that sanitise() wrote: well-formed, entities named only for the four that must be.

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' }
const BREAKS =
  /<\/?(?:p|div|li|ul|ol|dl|dt|dd|tr|td|th|table|h[1-6]|pre|br|hr|aside|section|blockquote|details|summary)\b[^>]*>/g

/** The text of HTML, blocks parted by spaces, blanks as one. */
export function textOf(html: string): string {
  return decode(html.replaceAll(BREAKS, ' ').replaceAll(/<[^>]*>/g, ''))
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const decode = (text: string) =>
  text.replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (whole, name: string) => ENTITIES[name] ?? whole)

/** A part of a page, from one heading to the next. */
export interface HtmlSection {
  /** Id of the heading; empty for what stands before the first. */
  anchor: string
  title: string
  /** 1 to 6; 0 for what stands before the first heading. */
  level: number
  html: string
}

const HEADING = /<h([1-6])(?: [^>]*)?>([\s\S]*?)<\/h\1>/g

/** Cuts a page at its headings. Headings without an id are part of the section they stand in. */
export function sectionsOf(html: string): HtmlSection[] {
  const headings = [...html.matchAll(HEADING)].flatMap((found) => {
    const [whole, level = '', inner = ''] = found
    const anchor = / id="([^"]*)"/.exec(whole.slice(0, whole.indexOf('>')))?.[1] ?? ''
    return anchor === ''
      ? []
      : [{ anchor, title: textOf(inner), level: Number(level), at: found.index, end: found.index + whole.length }]
  })
  const lead = { anchor: '', title: '', level: 0, html: html.slice(0, headings[0]?.at) }
  const parts = headings.map(({ anchor, title, level, end }, index) => ({
    anchor,
    title,
    level,
    html: html.slice(end, headings[index + 1]?.at),
  }))
  return [lead, ...parts]
}
