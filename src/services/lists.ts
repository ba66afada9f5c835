import { problems } from '../errors.ts'
import { objectPage, type PageRequest, type Table, tablePage } from '../kubernetes/lists.ts'
import type { ResourceType } from '../kubernetes/paths.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import type { Cluster } from './cluster.ts'
import { type Cursor, readCursor, writeCursor } from './cursor.ts'
import { maskObject } from './safety/mask-object.ts'

/** What a caller may say of a list; `limit` has its default from the operation's schema. */
export interface ListInput {
  namespace?: string
  allNamespaces?: boolean
  labelSelector?: string
  fieldSelector?: string
  limit?: number
  continue?: string
  format?: 'rows' | 'objects'
}

export interface ListAnswer<Row> {
  context: string
  namespace?: string
  items: (Row | KubeObject)[]
  continue?: string
  remaining?: number
}

/** Text of the cell under a column of kubectl's; '' where the API server has no such column. */
export type Cells = (column: string) => string

/** How rows of one kind are made, and which of them a filter keeps that the API server does not know. */
export interface RowReader<Row> {
  /** `columns`: every column of the Table, for readers that do not know their kind. */
  read(cells: Cells, namespace: string | undefined, columns: readonly string[]): Row
  keep?: ((row: Row) => boolean) | undefined
  keepObject?: ((object: KubeObject) => boolean) | undefined
}

/** The namespace a list is about: undefined for all of them, and for kinds that have none. Throws `bad_input` for a contradiction. */
export function listNamespace(
  type: Pick<ResourceType, 'kind' | 'namespaced'>,
  input: Pick<ListInput, 'namespace' | 'allNamespaces'>,
  fallback: string,
): string | undefined {
  if (!type.namespaced && input.namespace !== undefined)
    throw problems.badInput(`${type.kind} objects have no namespace.`, 'Leave namespace out.')
  if (!type.namespaced) return undefined
  if (input.allNamespaces !== true) return input.namespace ?? fallback
  if (input.namespace !== undefined)
    throw problems.badInput('namespace and allNamespaces contradict each other.', 'Give one of them.')
  return undefined
}

/** One page of a kind as rows or objects, in the API server's order, with a token to go on. */
export async function list<Row>(
  cluster: Cluster,
  type: ResourceType,
  input: ListInput,
  reader: RowReader<Row>,
): Promise<ListAnswer<Row>> {
  const namespace = listNamespace(type, input, cluster.namespace)
  const { limit = 100, continue: token, ...question } = input
  const asked = [cluster.context, type.group, type.name, question, reader.keep === undefined]
  const page = { namespace, labelSelector: input.labelSelector, fieldSelector: input.fieldSelector }
  const fetch = input.format === 'objects' ? objects(cluster, type, page, reader) : rows(cluster, type, page, reader)
  const { next, ...found } = await gather(fetch, readCursor(asked, token), limit, reader.keep !== undefined)
  return {
    context: cluster.context,
    ...(namespace === undefined ? {} : { namespace }),
    ...found,
    ...(next === undefined ? {} : { continue: writeCursor(asked, next) }),
  }
}

interface Page<Item> {
  items: Item[]
  keeps: boolean[]
  token: string | undefined
  remaining: number | undefined
}
type Fetch<Item> = (limit: number, token: string | undefined) => Promise<Page<Item>>
type Scope = Omit<PageRequest, 'limit' | 'continue'>

function rows<Row>(
  cluster: Cluster,
  type: ResourceType,
  scope: Scope,
  reader: RowReader<Row>,
): Fetch<Row | KubeObject> {
  return async (limit, token) => {
    const table = await tablePage(cluster.api, type, { ...scope, limit, continue: token })
    const items = readTable(table, scope.namespace, reader)
    return { items, keeps: items.map((row) => reader.keep?.(row) ?? true), ...rest(table.metadata) }
  }
}

function objects<Row>(
  cluster: Cluster,
  type: ResourceType,
  scope: Scope,
  reader: RowReader<Row>,
): Fetch<Row | KubeObject> {
  return async (limit, token) => {
    const { items, metadata } = await objectPage(cluster.api, type, { ...scope, limit, continue: token })
    return {
      items: items.map(maskObject),
      keeps: items.map((each) => reader.keepObject?.(each) ?? true),
      ...rest(metadata),
    }
  }
}

const rest = (metadata: { continue?: string; remainingItemCount?: number } | undefined) => ({
  token: metadata?.continue === '' ? undefined : metadata?.continue,
  remaining: metadata?.remainingItemCount,
})

/** The rows of a Table; cells are text as kubectl prints it. */
export function readTable<Row>(table: Table, namespace: string | undefined, reader: RowReader<Row>): Row[] {
  const columns = table.columnDefinitions.map((column) => column.name)
  const at = new Map(columns.map((column, index) => [column, index]))
  return table.rows.map(({ cells, object }) => {
    const cell: Cells = (column) => printed(cells[at.get(column) ?? -1])
    return reader.read(cell, object?.metadata?.namespace ?? namespace, columns)
  })
}

function printed(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'string' ? cell : JSON.stringify(cell)
}

interface Gathered<Item> {
  items: Item[]
  remaining?: number
  next: Cursor | undefined
}

// A filter of ours thins out pages, so pages are read until there are enough rows; the cursor then may stand in the middle of one.
const FILTERED_PAGE = 500
const MOST_PAGES = 20

async function gather<Item>(
  fetch: Fetch<Item>,
  from: Cursor,
  limit: number,
  filtered: boolean,
): Promise<Gathered<Item>> {
  if (!filtered) return whole(await fetch(limit, from.token))
  const items: Item[] = []
  let at: Cursor | undefined = from
  for (let pages = 0; at !== undefined && items.length < limit && pages < MOST_PAGES; pages++) {
    const page: Page<Item> = await fetch(FILTERED_PAGE, at.token)
    at = take(page, at, limit, items)
  }
  return { items, next: at }
}

const whole = <Item>({ items, token, remaining }: Page<Item>): Gathered<Item> => ({
  items,
  ...(remaining === undefined || token === undefined ? {} : { remaining }),
  next: token === undefined ? undefined : { token, skip: 0 },
})

/** Moves what is kept of a page into `items`, at most `limit` of them; answers where to go on. */
function take<Item>(page: Page<Item>, at: Cursor, limit: number, items: Item[]): Cursor | undefined {
  for (const [index, item] of page.items.entries()) {
    if (index < at.skip || page.keeps[index] !== true) continue
    if (items.length === limit) return { token: at.token, skip: index }
    items.push(item)
  }
  return page.token === undefined ? undefined : { token: page.token, skip: 0 }
}
