import { pages } from '../../src/app.ts'
import { textReader } from '../../src/http/strings.ts'
import type { Route } from '../../src/http/page.ts'
import { parse } from '../../src/operations/parse.ts'
import { isRecord } from '../cluster/client.ts'
import type { Page } from './pages.ts'

/** A request that a page tells its reader to make. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly contentType: string
  /** Text of the body; a file's name with `@` before it. */
  readonly body: string | undefined
}

const HOME = 'http://127.0.0.1:8008'
const WORD = /"([^"]*)"|'([^']*)'|(\S+)/g

/** The lines of a page that call this server. */
export const curlsOf = ({ blocks }: Page): string[] =>
  blocks.filter(({ language }) => language === 'bash').flatMap(({ text }) => text.trim().split('\n'))

/** What a line of curl asks for, as far as our pages use curl. Throws for anything else. */
export function readCurl(line: string): Request {
  const [command = '', ...words] = [...line.matchAll(WORD)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
  if (command !== 'curl' || !/^-sN?$/.test(words[0] ?? '')) throw new Error(`not a curl -s: ${line}`)
  const urls = words.filter((word) => word.startsWith(HOME))
  const [url = ''] = urls
  if (urls.length !== 1) throw new Error(`not one address of ${HOME}: ${line}`)
  const { pathname, searchParams } = new URL(url)
  const body = optionOf(words, '-d') ?? optionOf(words, '--data-binary')
  return {
    method: optionOf(words, '-X') ?? 'GET',
    path: pathname,
    query: searchParams,
    contentType: contentType(words),
    body,
  }
}

function optionOf(words: readonly string[], option: string): string | undefined {
  const index = words.indexOf(option)
  return index < 0 ? undefined : words[index + 1]
}

const contentType = (words: readonly string[]) =>
  words.map((word) => /^content-type: (.+)$/i.exec(word)?.[1]).find((type) => type !== undefined) ?? ''

const shapeOf = (path: string) => new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`)

/** Whether a path is one of these, where `:name` stands for any one word and `*` for any. */
export const isOneOf = (path: string, templates: readonly string[]): boolean =>
  templates.some((template) => shapeOf(template.replace(/\*$/, '.+')).test(path))

/** The route that answers a request: the one that is written out rather than one with a parameter. */
export const routeOf = ({ method, path }: Pick<Request, 'method' | 'path'>): Route | undefined =>
  pages
    .filter((route) => route.method === method && shapeOf(route.path).test(path))
    .toSorted((one, other) => Number(one.path.includes(':')) - Number(other.path.includes(':')))[0]

/** Throws `bad_input` where the operation would not take what the request gives it. */
export function checkInput(request: Request, { operation, path, fixed }: Route): void {
  const read = textReader(operation.input)
  const inPath = Object.entries(shapeOf(path).exec(request.path)?.groups ?? {})
  const inQuery = [...new Set(request.query.keys())].map((name) => {
    const [first, ...more] = request.query.getAll(name)
    return [name, more.length === 0 ? first : [first, ...more]] as const
  })
  const typed = [...inPath, ...inQuery].map(([name, value]) => [name, read(name, value)] as const)
  parse(operation, { ...Object.fromEntries(typed), ...bodyOf(request, operation.yamlBody), ...fixed })
}

function bodyOf({ body, contentType: type }: Request, yamlBody: string | undefined): Record<string, unknown> {
  if (body === undefined) return {}
  if (type === 'application/yaml' && yamlBody !== undefined && body.startsWith('@')) return { [yamlBody]: 'kind: Any' }
  const value: unknown = type === 'application/json' ? JSON.parse(body) : undefined
  if (!isRecord(value)) throw new Error(`the body is neither a JSON object nor a manifest where one is taken: ${body}`)
  return value
}
