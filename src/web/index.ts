import type { Call } from '../call.ts'
import type { Problem } from '../errors.ts'
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
  /** What it asks instead, where it can say a problem by itself. */
  instead?: (asked: object, problem: Problem) => object | undefined
}

// A value that is not allowed, and a cluster that did not try the manifest, are said beside the form: what was typed is still there.
function formInstead(asked: object, { code }: Problem): object | undefined {
  const { template, parameters, validate } = { ...UNFILLED, ...asked }
  const isPlain = parameters === undefined && validate === undefined
  if (code === 'bad_input') return isPlain ? undefined : { template, format: 'yaml' }
  if (validate === undefined || OF_THE_CALLER.has(code)) return undefined
  return { template, format: 'yaml', ...(parameters === undefined ? {} : { parameters }) }
}

const UNFILLED = { template: undefined, parameters: undefined, validate: undefined }
const OF_THE_CALLER = new Set(['cancelled', 'unauthenticated'])

/** The operations whose answers have a page. */
const PAGES: Readonly<Record<string, PageOf>> = {
  'infra.k8s.getInfo': {},
  'infra.k8s.docs.listDocs': {},
  'infra.k8s.docs.getDoc': { with: { format: 'html' } },
  'infra.k8s.docs.listApiReference': {},
  'infra.k8s.docs.explain': { with: { recursive: true, texts: 'short' } },
  'infra.k8s.docs.search': { needs: 'q' },
  'infra.k8s.templates.listTemplates': {},
  'infra.k8s.templates.getTemplate': { with: { format: 'yaml' }, instead: formInstead },
  'infra.k8s.approvals.listApprovals': {},
  'infra.k8s.approvals.getApproval': {},
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
        instead: (asked, problem) => (isObject(asked) ? page.instead?.(asked, problem) : undefined),
        render: async (output: unknown, { url, call }: Visitor, problem?: Problem) =>
          (await import('./render.ts')).render(name, output, { place: place(), url, ask: askAs(call), problem }),
      }
    },
    failed: async (visit) =>
      (await import('./render.ts')).renderError(visit, {
        place: place(),
        ask: visit.call === undefined ? undefined : askAs(visit.call),
      }),
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function askedFor(page: PageOf, input: unknown): unknown {
  const given = withoutEmpty(isObject(input) ? input : {})
  return page.needs !== undefined && !(page.needs in given) ? undefined : { ...page.with, ...given }
}

// A form sends the fields that were left empty too. A list all of whose entries are is one that was cleared.
const withoutEmpty = (given: object): object =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]: [string, unknown]) => {
      if (value === '') return []
      if (Array.isArray(value)) return [[name, value.filter((each) => each !== '').map(typed)]]
      return [[name, isObject(value) ? withoutEmpty(value) : typed(value)]]
    }),
  )

// A form sends every line end as two signs (HTML Living Standard, constructing the entry list).
const typed = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value)
