import { Agent, request } from 'undici'
import type { TestCluster } from '../test/cluster/cluster.ts'

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

/** The API server asked directly, with keep-alive and TLS and nothing in between: the strictest measure of what a server in front of it adds. */
export class Raw {
  readonly #server: string
  readonly #agent: Agent

  constructor({ server, ca, users }: TestCluster) {
    this.#server = server
    const { certificate, key } = users.admin
    this.#agent = new Agent({ connections: 64, pipelining: 1, allowH2: false, connect: { ca, cert: certificate, key } })
  }

  /** A GET; answers the body as text. */
  async get(path: string, accept = 'application/json'): Promise<string> {
    const { statusCode, body } = await request(this.#server + path, { dispatcher: this.#agent, headers: { accept } })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text.slice(0, 200)}`)
    return text
  }

  close(): Promise<void> {
    return this.#agent.close()
  }
}
