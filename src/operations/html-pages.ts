import type { Call } from '../call.ts'
import type { Problem } from '../errors.ts'
import type { Operation } from './define.ts'

// What the door that serves requests and the one that makes pages agree on: they never import each other.

/** Who asks for a page, and for which. */
export interface Visitor {
  /** Path and query, as asked for. */
  url: string
  call: Call
}

/** How the answer of one operation looks in a browser. */
export interface HtmlPage {
  /** What the operation is asked for the page; undefined: nothing, the page is a form that was not filled in yet. */
  asks(input: unknown): unknown
  /** What is asked instead where the answer is a problem that the page says itself; undefined: the problem has a page of its own. */
  instead(asked: unknown, problem: Problem): unknown
  /** The page, of what the operation answered; with the problem, where that was asked instead. */
  render(output: unknown, visitor: Visitor, problem?: Problem): Promise<string>
}

/** What an error page says. */
export interface FailedVisit {
  problem: Problem
  /** Status code as it is sent, and its own words. */
  status: number
  title: string
  /** What is wrong and what to do next, as it may be repeated. */
  detail: string
  next: string | undefined
  correlationId: string
  /** Path that was asked for, as it may be repeated. */
  path: string
  /** Who asks; undefined: whoever was not let in, for whom nothing more is looked up. */
  call: Call | undefined
}

/** Pages for browsers. */
export interface HtmlPages {
  /** The page of an operation; undefined: a browser sees the usual form. */
  pageOf(operation: Operation): HtmlPage | undefined
  failed(visit: FailedVisit): Promise<string>
}
