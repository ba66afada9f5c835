import { isRecord } from '../cluster/client.ts'
import { Gone } from './life.ts'

export interface Answer {
  status: number
  body: Record<string, unknown>
}

export interface RestRequest {
  method?: string
  path: string
  body?: object | undefined
  /** Without: whoever comes without a token is an agent. */
  token?: string | undefined
  key?: string
}

/** A REST request. Throws {@link Gone} where the server dies before its answer is here. */
export async function rest(url: string, { method = 'GET', path, body, token, key }: RestRequest): Promise<Answer> {
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }
  try {
    const init = { method, headers, signal: AbortSignal.timeout(20_000) }
    const answer = await fetch(url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) })
    const value: unknown = await answer.json()
    return { status: answer.status, body: isRecord(value) ? value : {} }
  } catch (error) {
    throw new Gone(`${method} ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
