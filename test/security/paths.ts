import assert from 'node:assert/strict'
import type { Arrived } from '../support/recorder.ts'

/** What is read of any cluster: which kinds there are, and how it is. */
const ABOUT_CLUSTER = new Set(['/api', '/apis', '/version', '/readyz'])
/** Its schemas, which `explain` also reads when nobody waits any more. */
const SCHEMAS = /^\/openapi\/v3(?:\/[a-z0-9.-]+)*$/
const isAboutCluster = (path: string) => ABOUT_CLUSTER.has(path) || SCHEMAS.test(path)

const REVIEWS = /^\/apis\/(authentication|authorization)\.k8s\.io\/v1\/selfsubject(access)?reviews$/

// A kind, or an object of it, and nothing below: whatever stands there is a subresource.
const OBJECT = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/)?[^/]+(?:\/[^/]+)?$/
/** The only subresource that a read has a reason to ask for. */
const LOG = /^\/api\/v1\/namespaces\/[^/]+\/pods\/[^/]+\/log$/
/** And the only one that a plan has. */
const SCALE = /^\/apis\/apps\/v1\/namespaces\/[^/]+\/deployments\/[^/]+\/scale$/

const isVisible = (sign: string): boolean => sign > ' ' && sign !== '\u007f'

/** Fails where a request could be understood as one for another path than it says, or is anything but a read or a rehearsal. */
export function assertUnambiguous({ method, path, query }: Arrived): void {
  assert.equal(new URL(path, 'http://api').pathname, path, 'a path that is not what it says')
  assert.doesNotMatch(path, /%(2f|2e|5c|00|25)|\/\/|[;\\]/i, path)
  for (const segment of path.split('/').slice(1).map(decodeURIComponent))
    assert.ok(!/^\.{0,2}$|[/\\?#%]/.test(segment) && segment.split('').every(isVisible), path)
  assert.ok([OBJECT, LOG, SCALE].some((known) => known.test(path)) || isAboutCluster(path), `${path} is a subresource`)
  const isDryRun = query.get('dryRun') === 'All'
  assert.ok(method === 'GET' || isDryRun || (method === 'POST' && REVIEWS.test(path)), `${method} ${path}`)
  assert.deepEqual([...new Set(query.keys())], [...query.keys()], 'a parameter that came twice')
}

/** Paths that an operation asks for, each with `*` where the name stood. */
export type Meant = ReadonlySet<string>

const encodedOf = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter((name) => name !== '').map((name) => encodeURIComponent(name.toWellFormed())))

function fits(pattern: string, path: string, names: ReadonlySet<string>): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  const isMeant = (part: string, index: number) =>
    part === given[index] || (part === '*' && names.has(given[index] ?? ''))
  return wanted.length === given.length && wanted.every(isMeant)
}

/** The paths that arrived for a name that is as it should be. */
export const meantBy = (arrived: readonly Arrived[], name: string): Meant =>
  new Set(
    arrived.map(({ path }) =>
      path
        .split('/')
        .map((part) => (part !== '' && part === name ? '*' : part))
        .join('/'),
    ),
  )

/** Fails where anything arrived but the paths meant, with one of the names where the good one stood, and what is read of any cluster. */
export function assertMeant(arrived: readonly Arrived[], meant: Meant, names: readonly string[]): void {
  const encoded = encodedOf(names)
  for (const request of arrived) {
    assertUnambiguous(request)
    const { path } = request
    const isMeant = isAboutCluster(path) || [...meant].some((each) => fits(each, path, encoded))
    assert.ok(isMeant, `${request.method} ${path} was not meant: only ${[...meant].join(', ')}`)
  }
}

/** Parameters of a query that we send at all. */
const PARAMETERS = new Set(
  [
    'limit continue labelSelector fieldSelector includeObject dryRun fieldManager fieldValidation force',
    'container tailLines limitBytes timestamps sinceTime previous follow',
  ].flatMap((line) => line.split(' ')),
)

/** Fails where a value has become a parameter of its own. */
export function assertOwnParameters({ path, query }: Arrived): void {
  for (const name of query.keys()) assert.ok(PARAMETERS.has(name), `${path} has the parameter ${name}`)
}
