import { Problem } from '../errors.ts'
import type { FailedVisit } from '../operations/html-pages.ts'
import { DocList, DocView } from '../services/docs/library/view.ts'
import { Explained, KindList } from '../services/docs/reference/schema.ts'
import { stored } from '../services/docs/render/safe-html.ts'
import { SearchAnswer } from '../services/docs/search/schema.ts'
import { Info } from '../services/server.ts'
import { FilledTemplate } from '../services/templates/schema.ts'
import { type Piece, written } from './html.ts'
import type { Ask } from './index.ts'
import type { Around, Place, Waiting } from './layout.ts'
import { docPage, docsPage } from './pages/docs.ts'
import { errorPage } from './pages/error.ts'
import { kindPage, kindsPage } from './pages/reference.ts'
import { searchPage } from './pages/search.ts'
import { startPage } from './pages/start.ts'
import { templatePage, templatesPage } from './pages/templates.ts'
import { CurrentContext, has, OpenApprovals, TemplateList } from './views.ts'

/** For whom a page is made, and where. */
export interface Making {
  place: Place
  /** Path and query. */
  url: string
  ask: Ask
}

/** The page of an operation's answer. Throws what the operations throw that it asks beside, `internal`. */
export async function render(operation: string, output: unknown, making: Making): Promise<string> {
  const around = await aroundOf(making.ask)
  const piece = await pieceOf(operation, output, { ...making, place: { ...making.place, around } })
  if (piece === undefined) throw new TypeError(`the answer of ${operation} is not what its page shows`)
  return written(piece)
}

/** The page of an error. */
export const renderError = (place: Place, visit: FailedVisit): string => written(errorPage(place, visit))

async function pieceOf(operation: string, output: unknown, { place, url, ask }: Making): Promise<Piece | undefined> {
  if (operation === 'infra.k8s.docs.search') return search(place, output, url)
  if (operation.endsWith('.getInfo') && has(Info, output)) return startPage(place, output)
  if (operation.endsWith('.listDocs') && has(DocList, output)) return docsPage(place, output)
  if (operation.endsWith('.getDoc') && has(DocView, output) && output.content !== undefined)
    return docPage(place, output, stored(output.content), await rowsFor(ask))
  if (operation.endsWith('.listApiReference') && has(KindList, output)) return kindsPage(place, output)
  if (operation.endsWith('.explain') && has(Explained, output)) return kindPage(place, output)
  if (operation.endsWith('.listTemplates') && has(TemplateList, output)) return templatesPage(place, output.templates)
  if (operation.endsWith('.getTemplate') && has(FilledTemplate, output))
    return templatePage(place, output, queryOf(url))
  return undefined
}

const queryOf = (url: string): string => url.split('?').slice(1).join('?')

function search(place: Place, output: unknown, url: string): Piece | undefined {
  const query = new URLSearchParams(queryOf(url)).get('q') ?? ''
  if (output === undefined) return searchPage(place, query, undefined)
  return has(SearchAnswer, output) ? searchPage(place, query, output) : undefined
}

async function rowsFor(ask: Ask): Promise<DocList['pages']> {
  const list = await ask('infra.k8s.docs.listDocs', {})
  return has(DocList, list) ? list.pages : []
}

const MOST_COUNTED = 100

async function aroundOf(ask: Ask): Promise<Around> {
  const [context, waiting] = await Promise.all([contextOf(ask), waitingFor(ask)])
  return { context, waiting }
}

async function contextOf(ask: Ask): Promise<Around['context']> {
  const answer = await answered(ask('infra.k8s.cluster.getCurrentContext', {}))
  if (answer instanceof Problem) return answer.code === 'cluster_unavailable' ? 'none' : undefined
  return has(CurrentContext, answer) ? { name: answer.name, namespace: answer.namespace } : undefined
}

async function waitingFor(ask: Ask): Promise<Waiting | undefined> {
  const list = await answered(ask('infra.k8s.approvals.listApprovals', { state: 'open', limit: MOST_COUNTED }))
  return has(OpenApprovals, list) ? { open: list.approvals.length, more: list.continue !== undefined } : undefined
}

// What a caller may not see, or nobody can tell now, is not on the page; it is no reason to have none.
async function answered(asking: Promise<unknown>): Promise<unknown> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}
