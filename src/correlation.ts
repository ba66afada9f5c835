import { randomUUID } from 'node:crypto'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

// Never one of our tokens, sent as the wrong header: it would be in the log.
const WELL_FORMED = /^(?!.*k8smcp_)[A-Za-z0-9._-]{1,64}$/

// W3C Trace Context, 3.2.2: version, trace-id, parent-id and flags in lower-case hexadecimal; neither id may be all zeros.
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * The id that joins every answer, log line and error of one request (security 12): `x-correlation-id`, else the trace-id of
 * `traceparent`, where well formed; else a new one. Header names are lower-case.
 */
export function correlationIdOf(headers: Headers): string {
  const given = headers['x-correlation-id']
  if (typeof given === 'string' && WELL_FORMED.test(given)) return given
  return traceIdOf(headers.traceparent) ?? randomUUID()
}

function traceIdOf(traceparent: Headers[string]): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined
}
