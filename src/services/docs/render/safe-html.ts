import sanitizeHtml from 'sanitize-html'

declare const harmless: unique symbol

/** HTML that this file has made harmless: what a page may show as it is. */
export type SafeHtml = string & { readonly [harmless]: true }

const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']
const TEXT = 'p,br,hr,em,strong,b,i,u,s,del,ins,sub,sup,code,pre,kbd,samp,var,abbr,q,cite,mark,small,span,div'.split(
  ',',
)
const BLOCKS = 'ul,ol,li,dl,dt,dd,blockquote,aside,section,details,summary,figure,figcaption,a'.split(',')
const TABLES = 'table,caption,thead,tbody,tfoot,tr,th,td'.split(',')
/** Text between the tags of these is no text. */
const SILENT = ['script', 'style', 'textarea', 'option', 'noscript', 'template', 'iframe', 'object', 'svg', 'math']
/** Classes of our own rendering; a page's author has no others. */
const CLASSES = [/^hljs(-[a-z-]+)?$/, /^language-[\w+-]+$/, /^(function_|class_|inherited__)$/, /^is-[a-z]+$/]
const SCHEMES = ['http', 'https', 'mailto']

const RULES: sanitizeHtml.IOptions = {
  allowedTags: [...HEADINGS, ...TEXT, ...BLOCKS, ...TABLES],
  allowedAttributes: {
    '*': ['id', 'lang', 'dir'],
    a: ['href', 'title', 'rel'],
    abbr: ['title'],
    ol: ['start', 'reversed'],
    li: ['value'],
    th: ['colspan', 'rowspan', 'scope'],
    td: ['colspan', 'rowspan'],
    details: ['open'],
    pre: ['tabindex'],
  },
  allowedClasses: { '*': CLASSES },
  allowedSchemes: SCHEMES,
  allowProtocolRelative: false,
  nonTextTags: SILENT,
  nestingLimit: 100,
  enforceHtmlBoundary: false,
}

/** Where a link of a page goes. */
export type Link = (href: string) => string
const asItIs: Link = (href) => href

/** Makes HTML harmless: known tags and attributes, links to http, https, mailto and places of this server, no script, no style. */
export function sanitise(html: string, link: Link = asItIs): SafeHtml {
  const a = (tag: string, attribs: sanitizeHtml.Attributes) => anchor(tag, attribs, link)
  const img = (_tag: string, attribs: sanitizeHtml.Attributes) => picture(attribs, link)
  const transformTags = { a, img, pre: reachable, center: 'div', tt: 'code', font: 'span' }
  const clean = sanitizeHtml(html, { ...RULES, transformTags })
  if (!isHarmless(clean)) throw new Error('the sanitiser let a script through')
  return clean
}

/** HTML that was made harmless before it was stored, back from the store. Throws where a script is in it all the same. */
export function stored(html: string): SafeHtml {
  if (!isHarmless(html)) throw new Error('the stored page has a script in it')
  return html
}

// Nothing that the sanitiser writes has this in it: text is escaped.
const isHarmless = (html: string): html is SafeHtml =>
  !/<(script|style|iframe|object|embed|svg|base|meta|form)\b/i.test(html)

function anchor(tagName: string, { name, href, ...given }: sanitizeHtml.Attributes, link: Link): sanitizeHtml.Tag {
  const id = given.id ?? name
  const to = href === undefined ? undefined : link(href)
  const target = to === undefined ? {} : { href: to, ...(/^https?:/i.test(to) ? { rel: 'noopener' } : {}) }
  return { tagName, attribs: { ...given, ...target, ...(id === undefined ? {} : { id }) } }
}

// What may scroll sideways must be reachable by keyboard.
const reachable = (tagName: string, attribs: sanitizeHtml.Attributes) => ({
  tagName,
  attribs: { ...attribs, tabindex: '0' },
})

/** Pictures are not kept: what one says, with a link to where it is. */
function picture({ src = '', alt = '' }: sanitizeHtml.Attributes, link: Link): sanitizeHtml.Tag {
  const text = alt === '' ? 'Picture' : `Picture: ${alt}`
  const href = link(src)
  return /^https?:/i.test(href)
    ? { tagName: 'a', attribs: { href, rel: 'noopener' }, text }
    : { tagName: 'span', attribs: {}, text }
}
