import Type from 'typebox'
import { setTimeout as pause } from 'node:timers/promises'
import { Closed } from '../../schema.ts'
import { ApprovalView } from '../../services/approvals/view.ts'
import type { SocketClient } from '../../socket/client.ts'
import { checked } from '../reach.ts'
import type { Command } from './screen.ts'

const Page = Closed({ approvals: Type.Array(ApprovalView), continue: Type.Optional(Type.String()) })
export interface Listed {
  approvals: ApprovalView[]
  /** Whether there are older ones. */
  more: boolean
}

const PAGE = 100
const AGAIN = 1_000

/** The approvals of the running server. Everything throws {@link NoServer} and the problems that it answers. */
export class ApprovalService {
  readonly #client: SocketClient

  constructor(client: SocketClient) {
    this.#client = client
  }

  /** Newest first, at most so many. */
  async list(all: boolean, most: number): Promise<Listed> {
    const approvals: ApprovalView[] = []
    let from = ''
    for (;;) {
      const limit = Math.min(PAGE, most - approvals.length)
      const path = `/approvals?state=${all ? 'all' : 'open'}&limit=${limit}${from}`
      const page = checked(Page, await this.#client.json({ method: 'GET', path }))
      approvals.push(...page.approvals)
      if (page.continue === undefined || approvals.length >= most)
        return { approvals, more: page.continue !== undefined }
      from = `&continue=${encodeURIComponent(page.continue)}`
    }
  }

  async get(id: string): Promise<ApprovalView> {
    return checked(ApprovalView, await this.#client.json({ method: 'GET', path: pathOf(id) }))
  }

  /** Decides; answers the approval as it is then. Of an undo: the new request. */
  async decide(command: Exclude<Command, { do: 'quit' | 'list' | 'open' }>): Promise<ApprovalView> {
    const { do: act, id, ...body } = command
    const answer = await this.#client.json({ method: 'POST', path: `${pathOf(id)}/${act}`, body })
    return checked(ApprovalView, answer)
  }

  /** Calls back whenever something happened to an approval, and whenever the connection comes and goes; until the signal fires. */
  async watch(signal: AbortSignal, happened: () => void, connected: (there: boolean) => void): Promise<void> {
    while (!signal.aborted) {
      await this.#follow(signal, happened, connected).catch(() => undefined)
      if (!signal.aborted) connected(false)
      await pause(AGAIN, undefined, { signal }).catch(() => undefined)
    }
  }

  async #follow(signal: AbortSignal, happened: () => void, connected: (there: boolean) => void): Promise<void> {
    const headers = { accept: 'text/event-stream' }
    const events = await this.#client.open({ method: 'GET', path: '/approvals/events', headers, signal })
    connected(true)
    // Each event only says that something is new: what it is, is read.
    happened()
    for await (const chunk of events.setEncoding('utf8')) if (/^data:/m.test(String(chunk))) happened()
  }
}

const pathOf = (id: string) => `/approvals/${encodeURIComponent(id)}`
