import type { Fetched } from './fetching.ts'

/** Where a registry says to get a token (RFC 6750; Docker Registry token authentication). */
export interface Challenge {
  realm: URL
  service: string | undefined
}

/** The Bearer challenge of an answer, where there is a usable one. */
export function bearerChallenge({ headers }: Fetched): Challenge | undefined {
  const [, parameters] = /^Bearer (.{1,4000})$/i.exec(headers['www-authenticate'] ?? '') ?? []
  if (parameters === undefined) return undefined
  const named = new Map([...parameters.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
  const realm = URL.parse(named.get('realm') ?? '')
  return realm === null ? undefined : { realm, service: named.get('service') }
}

/** The token of an answer, where it is one that a header can carry. */
export function tokenIn(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const token: unknown = Reflect.get(answer, 'token') ?? Reflect.get(answer, 'access_token')
  return typeof token === 'string' && /^[\u0021-\u007e]+$/.test(token) ? token : undefined
}
