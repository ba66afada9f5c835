import type { TObject } from 'typebox'
import type { Operation, Read } from '../operations/define.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]

type ReadPage = `GET /${string}`
type OtherPage = `${Exclude<Method, 'GET'>} /${string}`

/** `METHOD /path` to operation. A page that is fetched by GET changes nothing, so only a read can stand there. */
interface Table {
  [page: ReadPage]: Read | Fixed
  [page: OtherPage]: Operation
}

/** An operation at a page that says some of its parameters itself. */
interface Fixed {
  operation: Read
  fixed: Readonly<Record<string, unknown>>
}

/** The operation with these parameters, which callers of the page then do not give. */
export const withInput = (operation: Read, fixed: Fixed['fixed']): Fixed => ({ operation, fixed })

/** Names after a colon in a path; `*` at its end is the rest of it, slashes and all, and the field `path`. */
type Parameters<Path> = Path extends `${infer Start}/*` ? 'path' | Named<Start> : Named<Path>

type Named<Path> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Named<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

type Fields<O> = O extends { input: infer I extends TObject } ? keyof I['properties'] : never

// An index signature alone lets other keys pass ('GTE /x'); this names the fault where the compiler shows it.
type Checked<T> = {
  [P in keyof T]: P extends ReadPage | OtherPage
    ? [Parameters<P>] extends [Fields<T[P]>]
      ? T[P]
      : `:${Exclude<Parameters<P>, Fields<T[P]>> & string} is not a field of the operation's input`
    : `a page is "METHOD /path"`
}

/** One line of a route page. `:name` in the path is the input's field of that name, `*` its field `path`. */
export interface Route {
  tag: string
  method: Method
  path: string
  operation: Operation
  /** Parameters that the page itself says. */
  fixed: Readonly<Record<string, unknown>>
}

/**
 * A page of routes. What must hold is checked by the compiler: the method exists, the path begins with a slash, GET has a
 * read, every `:parameter` is a field of the operation's input.
 */
export function routes<const T extends Table>(tag: string, table: T & Checked<T>): Route[]
export function routes(tag: string, table: Readonly<Record<string, Operation | Fixed>>): Route[] {
  return Object.entries(table).map(([page, entry]) => {
    const [method = '', path = ''] = page.split(' ')
    if (!isMethod(method)) throw new TypeError(`"${page}" is not "METHOD /path"`)
    const { operation, fixed } = 'fixed' in entry ? entry : { operation: entry, fixed: {} }
    return { tag, method, path, operation, fixed }
  })
}

const isMethod = (word: string): word is Method => METHODS.some((method) => method === word)

/** Names of the parameters of a path, in order. */
export const parametersOf = (path: string): string[] => named(path).match(/(?<=:)\w+/g) ?? []

/** The path with a name for the rest of it, where it takes that. */
export const named = (path: string): string => path.replace(/\/\*$/, '/:path')

/** Methods whose parameters stand in the query: a body of GET, HEAD or DELETE has no meaning (RFC 9110, 9.3). */
export const inQuery = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'DELETE'
