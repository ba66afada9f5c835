import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

/** An approval, as far as the demo reads it. */
export interface Asked {
  id: string
  state: string
  next: string
  digest: string
  summary: string
}

const WAIT = 50

/** An agent: an MCP client without a credential, as any agent on this machine is. */
export class Agent {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  static async connect(base: string): Promise<Agent> {
    const client = new Client({ name: 'demo-agent', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${base}/mcp`)))
    return new Agent(client)
  }

  async tools(): Promise<number> {
    return (await this.#client.listTools()).tools.length
  }

  scale(namespace: string, name: string, replicas: number): Promise<Asked> {
    return this.#call('k8s_deployments_scale_deployment', { namespace, name, replicas })
  }

  undo(id: string): Promise<Asked> {
    return this.#call('k8s_approvals_undo_change', { id })
  }

  /** The approval once it is over, however long that takes. */
  async end(id: string): Promise<Asked> {
    for (;;) {
      const { over, ...asked } = await this.#look(id)
      if (over) return asked
    }
  }

  async #look(id: string): Promise<Asked & { over: boolean }> {
    const { structuredContent: view } = await this.#client.callTool({
      name: 'k8s_approvals_get_approval',
      arguments: { id, wait: WAIT },
    })
    return { ...askedIn(view), over: typeof view === 'object' && view !== null && 'endedAt' in view }
  }

  async #call(name: string, input: Record<string, unknown>): Promise<Asked> {
    const { structuredContent: view, isError, content } = await this.#client.callTool({ name, arguments: input })
    if (isError === true) throw new Error(`${name}: ${JSON.stringify(content)}`)
    return askedIn(view)
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** The approval in an answer of REST or of a tool. */
export function askedIn(view: unknown): Asked {
  const text = (field: string): string => {
    const value: unknown = typeof view === 'object' && view !== null ? Reflect.get(view, field) : undefined
    return typeof value === 'string' ? value : ''
  }
  if (text('id') === '') throw new Error(`This is no approval: ${JSON.stringify(view)}`)
  return { id: text('id'), state: text('state'), next: text('next'), digest: text('digest'), summary: text('summary') }
}
