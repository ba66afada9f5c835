import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Call } from '../call.ts'
import { Problem } from '../errors.ts'
import type { Operation } from '../operations/define.ts'
import type { HtmlPage, HtmlPages, Visitor } from '../operations/html-pages.ts'
import type { Runner } from '../operations/run.ts'
import { choose } from './accept.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How people see answers and errors; absent: as programs do. */
    htmlPages?: HtmlPages
  }
}

const HTML_TYPE = 'text/html; charset=utf-8'

/** A page may use scripts, styles and answers of this server, and nothing inline. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Whether a client would rather have a page than data of this type. Who accepts anything gets data. */
export const wantsPage = ({ headers }: FastifyRequest, data: string): boolean =>
  choose(headers.accept, [data, HTML_TYPE]) === HTML_TYPE

/** Whether the parameters say themselves in which form the answer is wanted. */
export const namesFormat = (input: unknown): boolean => typeof input === 'object' && input !== null && 'format' in input

interface Visited {
  page: HtmlPage
  operation: Operation
  runner: Runner
  input: unknown
}

/** Answers with a page of what the operation answers this caller. Throws what it throws, unless the page says that itself. */
export async function sendPage(reply: FastifyReply, visitor: Visitor, visited: Visited): Promise<FastifyReply> {
  const asked = visited.page.asks(visited.input)
  const { output, problem } = asked === undefined ? {} : await found(visited, asked, visitor.call)
  const text = await visited.page.render(output, visitor, problem)
  return sendHtml(problem === undefined ? reply : reply.code(problem.status), text)
}

interface Found {
  output?: unknown
  problem?: Problem
}

type Asking = Pick<Visited, 'page' | 'operation' | 'runner'>

// What is asked instead is less each time, until the page has nothing more to leave out.
async function found({ page, operation, runner }: Asking, asked: unknown, call: Call): Promise<Found> {
  try {
    return { output: (await runner.answer(operation, asked, call)).output }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const instead = page.instead(asked, error)
    if (instead === undefined) throw error
    return { problem: error, ...(await found({ page, operation, runner }, instead, call)) }
  }
}

/** Sends the text of a page. */
export const sendHtml = (reply: FastifyReply, text: string): FastifyReply =>
  reply.header('vary', 'Accept').header('content-security-policy', PAGE_POLICY).type(HTML_TYPE).send(text)
