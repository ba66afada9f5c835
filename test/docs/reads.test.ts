import assert from 'node:assert/strict'
import { clusterTest } from '../cluster/shared.ts'
import { startServer } from '../support/server.ts'
import { allPages } from './pages.ts'
import { curlsOf, readCurl, routeOf } from './requests.ts'

const HOME = /http:\/\/127\.0\.0\.1:8008([^"\s]*)/

/** Paths with query of every read that a page shows and that ends by itself. */
function reads(): string[] {
  const lines = allPages.flatMap(curlsOf).filter((line) => {
    const request = readCurl(line)
    const isStream = request.path.endsWith('/events') && request.path.startsWith('/approvals')
    return request.method === 'GET' && routeOf(request) !== undefined && !isStream && !request.query.has('follow')
  })
  return [...new Set(lines.map((line) => HOME.exec(line)?.[1] ?? ''))]
}

/** What a page asks for is not in this cluster, or not offered by it: all other answers are a fault of the page. */
const FINE = [200, 404, 503]

clusterTest('every read that a page shows is answered, as text too', async ({ kubeconfig }, t) => {
  const { url } = await startServer(t, { KUBECONFIG: kubeconfig })
  const paths = reads()
  assert.ok(paths.length > 100)
  for (const path of paths) {
    const answer = await fetch(`${url}${path}`, { headers: { accept: 'text/plain' } })
    assert.ok(FINE.includes(answer.status), `${answer.status} ${path}: ${await answer.text()}`)
    if (answer.status === 200) assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/, path)
  }
})
