import type { Call } from '../call.ts'
import type { Operation } from '../operations/define.ts'
import type { HtmlPage, HtmlPages, Visitor } from '../operations/html-pages.ts'
import type { Runner } from '../operations/run.ts'
import { assetsPath } from './assets.ts'

/** Asks an operation as the caller of a page; undefined where this server does not have it. Throws a Problem. */
export type Ask = (operation: string, input: unknown) => Promise<unknown>

export interface WebOptions {
  runner: Runner
  /** The operation of a name. */
  find: (name: string) => Operation | undefined
  /** Where users reach this server. */
  base: () => string
}

interface PageOf {
  /** What a page asks its operation beside what it was given. */
  with?: Readonly<Record<string, unknown>>
  /** Parameter without which the page is an empty form. */
  needs?: string
}

/** The operations whose answers have a page. */
const PAGES: Readonly<Record<string, PageOf>> = {
  'infra.k8s.getInfo': {},
  'infra.k8s.docs.listDocs': {},
  'infra.k8s.docs.getDoc': { with: { format: 'html' } },
  'infra.k8s.docs.listApiReference': {},
  'infra.k8s.docs.explain': { with: { recursive: true, texts: 'short' } },
  'infra.k8s.docs.search': { needs: 'q' },
  'infra.k8s.templates.listTemplates': {},
  'infra.k8s.templates.getTemplate': { with: { format: 'yaml' } },
}

/** Pages for browsers. Each is a view of what an operation answers its caller; what renders is loaded with the first page. */
export function webPages({ runner, find, base }: WebOptions): HtmlPages {
  const askAs =
    (call: Call): Ask =>
    async (name, input) => {
      const operation = find(name)
      return operation === undefined ? undefined : (await runner.answer(operation, input, call)).output
    }
  const place = () => ({ assets: assetsPath(), base: base() })
  return {
    pageOf({ name }): HtmlPage | undefined {
      const page = PAGES[name]
      if (page === undefined) return undefined
      return {
        asks: (input) => askedFor(page, input),
        render: async (output: unknown, { url, call }: Visitor) =>
          (await import('./render.ts')).render(name, output, { place: place(), url, ask: askAs(call) }),
      }
    },
    failed: async (visit) => (await import('./render.ts')).renderError(place(), visit),
  }
}

function askedFor(page: PageOf, input: unknown): unknown {
  const given = withoutEmpty(typeof input === 'object' && input !== null ? input : {})
  return page.needs !== undefined && !(page.needs in given) ? undefined : { ...page.with, ...given }
}

// A form sends the fields that were left empty too. A list all of whose entries are is one that was cleared.
const withoutEmpty = (given: object): object =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]: [string, unknown]) => {
      if (value === '') return []
      if (Array.isArray(value)) return [[name, value.filter((each) => each !== '').map(typed)]]
      return [[name, typeof value === 'object' && value !== null ? withoutEmpty(value) : typed(value)]]
    }),
  )

// A form sends every line end as two signs (HTML Living Standard, constructing the entry list).
const typed = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value)
