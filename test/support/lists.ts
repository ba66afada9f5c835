import assert from 'node:assert/strict'
import { isRecord } from '../cluster/client.ts'
import { listAt, textAt } from './json.ts'
import type { TestServer } from './server.ts'

/** The answer of a GET that must succeed. */
export async function answerOf(server: TestServer, path: string): Promise<unknown> {
  const { status, body, text } = await server.rest(path, { headers: { accept: 'application/json' } })
  assert.equal(status, 200, `${path}: ${text}`)
  return body
}

/** The items of a list: rows or objects. */
export const itemsOf = async (server: TestServer, path: string): Promise<Record<string, unknown>[]> =>
  listAt(await answerOf(server, path), 'items').filter(isRecord)

/** `namespace/name` of a row or an object; the name alone where it has no namespace. */
export function nameOf(item: object): string {
  const at = textAt(item, 'metadata', 'name') === '' ? item : Reflect.get(item, 'metadata')
  return [textAt(at, 'namespace'), textAt(at, 'name')].filter((each) => each !== '').join('/')
}
