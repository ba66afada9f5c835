import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Ends } from './ends.ts'

/** A POST that arrived. */
export interface Post {
  headers: IncomingHttpHeaders
  body: string
}

/** Something that takes POSTs; it ends with the test. */
export interface Receiver {
  url: string
  posts: Post[]
}

/** Starts a receiver. `answer`: how the nth POST (from 0) is answered; default: 204. */
export async function startReceiver(
  t: Ends,
  answer: (response: ServerResponse, nth: number) => void = (response) => void response.writeHead(204).end(),
): Promise<Receiver> {
  const posts: Post[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => answer(response, posts.push({ headers: request.headers, body }) - 1))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/hook`, posts }
}
