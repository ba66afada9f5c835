import { randomUUID } from 'node:crypto'
import { accountName } from './account.ts'
import { Problem } from './errors.ts'
import type { Reachable } from './listening.ts'

/** Where a person reads along. */
export interface Terminal {
  isTTY?: boolean
  write(text: string): unknown
}

/**
 * At the first start makes the person in front of the terminal an approver, and shows the token there, once. Only where nobody else
 * reads: on loopback, to a terminal, never into the log.
 */
export async function firstStart({ listening, core: { principals } }: Reachable, terminal: Terminal): Promise<void> {
  if (terminal.isTTY !== true || !listening.loopback || principals === undefined) return
  if (principals.list().some(({ kind }) => kind === 'person')) return
  const subject = accountName()
  const acting = { principal: { kind: 'person', subject }, door: 'terminal', correlationId: randomUUID() } as const
  try {
    const { token, record } = await principals.create({ kind: 'person', subject, role: 'approver' }, acting)
    terminal.write(shown(token, record.id, subject))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    terminal.write(`No token was made for you: ${error.message}\n`)
  }
}

const shown = (token: string, id: string, subject: string) => `
First start. With this token you, ${subject}, approve over REST what agents ask for. It is shown this once and kept nowhere:

  ${token}

To end it: k8s-mcp token revoke ${id}. Another one: k8s-mcp token create. In a terminal you need none: k8s-mcp approvals.

`
