import type { Application } from '../../src/app.ts'
import type { TokenRecord, TokenSpec } from '../../src/services/principals/token.ts'

const ADMIN = {
  principal: { kind: 'person', subject: 'root' },
  door: 'terminal',
  correlationId: 'test',
} as const

/** Makes a token at a server, as its operator would. */
export function makeToken(
  { core: { principals } }: Application,
  spec: Partial<TokenSpec> = {},
): Promise<{ token: string; record: TokenRecord }> {
  if (principals === undefined) throw new Error('the server has no store for tokens')
  return principals.create({ kind: 'agent', subject: 'bot', role: 'requester', ...spec }, ADMIN)
}

/** Ends a token at a server. */
export async function revoke({ core: { principals } }: Application, { id }: TokenRecord): Promise<void> {
  await principals?.revoke(id, ADMIN)
}

/** The header by which a token comes. */
export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
