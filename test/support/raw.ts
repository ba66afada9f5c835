import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** A request whose path goes over the wire as it stands here: nothing resolves `..`, nothing encodes. */
export interface RawRequest {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** What came back. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Sends a request to the server at `base` on a connection of its own. */
export function sendRaw(base: string, { path, method = 'GET', headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
      const { statusCode: status = 0, headers: received } = answer
      text(answer).then((content) => resolve({ status, headers: received, text: content }), reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
