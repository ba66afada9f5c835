import { Problem } from '../errors.ts'
import type { FailedVisit } from '../operations/html-pages.ts'
import { ApprovalView } from '../services/approvals/view.ts'
import { DocList, DocView } from '../services/docs/library/view.ts'
import { Explained, KindList } from '../services/docs/reference/schema.ts'
import { stored } from '../services/docs/render/safe-html.ts'
import { SearchAnswer } from '../services/docs/search/schema.ts'
import { Info } from '../services/server.ts'
import { FilledTemplate } from '../services/templates/schema.ts'
import { type Piece, written } from './html.ts'
import type { Ask } from './index.ts'
import type { Around, Place, Waiting } from './layout.ts'
import { approvalPage } from './pages/approval.ts'
import { approvalsPage } from './pages/approvals.ts'
import { docPage, docsPage } from './pages/docs.ts'
import { errorPage, wordsOf } from './pages/error.ts'
import { kindPage, kindsPage } from './pages/reference.ts'
import { searchPage } from './pages/search.ts'
import { startPage } from './pages/start.ts'
import { templatePage, templatesPage } from './pages/templates.ts'
import { ApprovalList, CurrentContext, has, TemplateList } from './views.ts'

/** For whom a page is made, and where. */
export interface Making {
  place: Place
  /** Path and query. */
  url: string
  ask: Ask
  /** Why the operation did not answer what it was asked for at first. */
  problem?: Problem | undefined
}

/** The page of an operation's answer. Throws what the operations throw that it asks beside, `internal`. */
export async function render(operation: string, output: unknown, making: Making): Promise<string> {
  const around = await aroundOf(making.ask)
  const piece = await pieceOf(operation, output, { ...making, place: { ...making.place, around } })
  if (piece === undefined) throw new TypeError(`the answer of ${operation} is not what its page shows`)
  return written(piece)
}

/** For whom the page of an error is made; `ask` undefined: for somebody who was not let in. */
export type MakingError = Pick<Making, 'place'> & { ask: Ask | undefined }

/** The page of an error, with the header that every page has. Throws what the operations throw that it asks beside, `internal`. */
export async function renderError(visit: FailedVisit, { place, ask }: MakingError): Promise<string> {
  if (ask === undefined) return written(errorPage(place, visit, []))
  const [around, near] = await Promise.all([aroundOf(ask), pagesNear(visit, ask)])
  return written(errorPage({ ...place, around }, visit, near))
}

const MOST_NEAR = 3

// Only pages that come along: no cluster is asked, which may be what has failed.
async function pagesNear(visit: FailedVisit, ask: Ask): Promise<SearchAnswer['hits']> {
  const q = wordsOf(visit)
  if (q === undefined) return []
  const found = await answered(ask('infra.k8s.docs.search', { q, source: 'own', limit: MOST_NEAR }))
  return has(SearchAnswer, found) ? found.hits : []
}

async function pieceOf(operation: string, output: unknown, making: Making): Promise<Piece | undefined> {
  const { place, url, ask, problem } = making
  if (operation === 'infra.k8s.docs.search') return search(place, output, url)
  if (operation.endsWith('.getInfo') && has(Info, output)) return startPage(place, output)
  if (operation.endsWith('.listDocs') && has(DocList, output)) return docsPage(place, output)
  if (operation.endsWith('.getDoc') && has(DocView, output) && output.content !== undefined)
    return docPage(place, output, stored(fromHere(output.content, place.base)), await rowsFor(ask))
  if (operation.endsWith('.listApiReference') && has(KindList, output)) return kindsPage(place, output, versionIn(url))
  if (operation.endsWith('.explain') && has(Explained, output)) return kindPage(place, output, versionIn(url))
  if (operation.endsWith('.listTemplates') && has(TemplateList, output)) return templatesPage(place, output.templates)
  if (operation.endsWith('.getTemplate') && has(FilledTemplate, output))
    return templatePage(place, output, { query: queryOf(url), problem })
  if (operation.endsWith('.getApproval') && has(ApprovalView, output)) return approvalPage(place, output)
  if (operation.endsWith('.listApprovals') && has(ApprovalList, output)) return approvalsPage(place, output, url)
  return undefined
}

const versionIn = (url: string): string | undefined => new URLSearchParams(queryOf(url)).get('version') ?? undefined

const queryOf = (url: string): string => url.split('?').slice(1).join('?')

function search(place: Place, output: unknown, url: string): Piece | undefined {
  const query = new URLSearchParams(queryOf(url)).get('q') ?? ''
  if (output === undefined) return searchPage(place, query, undefined)
  return has(SearchAnswer, output) ? searchPage(place, query, output) : undefined
}

/** Where examples of the pages reach the server, unless it was told otherwise. */
const EXAMPLE = 'http://127.0.0.1:8008'

// What is copied from a page works as it is. An address of signs that HTML has no use for needs no escaping.
function fromHere(content: string, base: string): string {
  const own = base.replace(/\/$/, '')
  return /^https?:\/\/[\w.:[\]/-]+$/.test(own) ? content.replaceAll(EXAMPLE, own) : content
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
  return has(ApprovalList, list) ? { open: list.approvals.length, more: list.continue !== undefined } : undefined
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
