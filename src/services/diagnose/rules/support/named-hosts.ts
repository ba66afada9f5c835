// Whom a program could not find or reach, as its log says: each language's library has words of its own.

/** A host that a line of a log names. */
export interface Peer {
  host: string
  port: number | undefined
  /** What could not be had of it: an address for its name, or a connection. */
  lost: 'address' | 'connection'
}

const HOST = '([a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?)'
const QUOTE = '["\'`‘“]'

const UNRESOLVED =
  /no such host|ENOTFOUND|EAI_AGAIN|name or service not known|name does not resolve|nodename nor servname|name resolution|bad address|NXDOMAIN|UnknownHostException|(?:could not|can't|cannot|unable to|failed to) (?:resolve|translate)|unknown \S* ?(?:server )?host/i
// Where the name stands in it; what is neither quoted nor in a fixed place may be any word.
const NAMES = [
  `\\blookup ${HOST}(?: on |:)`,
  `(?:ENOTFOUND|EAI_AGAIN|UnknownHostException:|getaddrinfo for) ${HOST}`,
  `host(?: ?name| address)?(?:: ?| ?${QUOTE}|=${QUOTE})${HOST}`,
  `(?:resolve|address) ${QUOTE}${HOST}`,
  `\\bfind ${HOST}: NXDOMAIN`,
].map((pattern) => new RegExp(pattern, 'i'))

const UNREACHED =
  /connection refused|ECONNREFUSED|actively refused|timed out|time-?out|ETIMEDOUT|EHOSTUNREACH|no route to host|(?:could not|can't|cannot|unable to|failed to) connect/i
// `db:5432`, `"db" (10.0.0.9), port 5432`, `host='db', port=5432`.
const ADDRESS = new RegExp(`(?<![\\w.-])${HOST}["'’)\\]]*(?:,? port[ =]|:)(\\d{2,5})(?!\\d|[.:]\\d)`, 'gi')
const IPV4 = /(?<![\w.:-])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])/g

/** The hosts that a line complains of; none where it complains of no host. Only those that are known as Services mean anything. */
export function hostsIn(line: string): Peer[] {
  if (UNRESOLVED.test(line)) return unresolvedIn(line)
  return UNREACHED.test(line) ? addressesIn(line).map((each) => ({ ...each, lost: 'connection' })) : []
}

function unresolvedIn(line: string): Peer[] {
  const named = NAMES.map((pattern) => pattern.exec(line)?.[1]).find((host) => host !== undefined)
  if (named !== undefined) return [{ host: named, port: undefined, lost: 'address' }]
  return addressesIn(line).map((each) => ({ ...each, lost: 'address' }))
}

function addressesIn(line: string): Omit<Peer, 'lost'>[] {
  const whole = [...line.matchAll(ADDRESS)].map(([, host = '', port]) => ({ host, port: Number(port) }))
  const bare = [...line.matchAll(IPV4)].map(([, host = '']) => ({ host, port: undefined }))
  return [...whole, ...bare]
}
