import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'undici'
import type { TestCluster } from '../test/cluster/cluster.ts'

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

/**
 * The API server as anybody can ask it without a client library: through `kubectl proxy`, which does the credentials and TLS and
 * nothing else. (Asked directly, with TLS in the client, one small GET is about 0.2 ms faster.)
 */
export class Raw {
  readonly #url: string
  readonly #proxy: ChildProcess
  readonly #agent = new Agent({ connections: 64, pipelining: 1 })

  constructor(url: string, proxy: ChildProcess) {
    this.#url = url
    this.#proxy = proxy
  }

  /** A GET; answers the body as text. */
  async get(path: string, accept = 'application/json'): Promise<string> {
    const { statusCode, body } = await request(this.#url + path, { dispatcher: this.#agent, headers: { accept } })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text.slice(0, 200)}`)
    return text
  }

  async close(): Promise<void> {
    await this.#agent.close()
    const ended = once(this.#proxy, 'exit')
    this.#proxy.kill()
    await ended
  }
}

/** Starts the proxy on a free port of loopback. */
export async function startRaw(cluster: TestCluster): Promise<Raw> {
  const args = ['proxy', '--port=0', `--kubeconfig=${cluster.kubeconfig}`, '--context=admin']
  const proxy = spawn(cluster.binary('kubectl'), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const text of proxy.stdout.setEncoding('utf8')) {
    const [, address] = /Starting to serve on (\S+)/.exec(String(text)) ?? []
    if (address !== undefined) return new Raw(`http://${address}`, proxy)
  }
  throw new Error('kubectl proxy ended before it listened')
}
