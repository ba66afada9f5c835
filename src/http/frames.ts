import type { Problem } from '../errors.ts'
import type { StreamEvent } from '../operations/define.ts'

/** How a stream looks on the wire: every method answers text that is written as it is. */
export interface Frame {
  type: string
  /** Written before the first event. */
  start: string
  event(event: StreamEvent): string
  /** Written when nothing else was for a while; '' where the format has no place for it. */
  heartbeat: string
  /** Last word of a stream that came to its end. */
  end: string
  /** Last word of a stream that was ended. */
  problem(problem: Problem, correlationId: string): string
}

/** One line an event, as `kubectl logs -f` prints them. */
export const PLAIN_FRAME: Frame = {
  type: 'text/plain; charset=utf-8',
  start: '',
  event: ({ data }) => `${data}\n`,
  heartbeat: '',
  end: '',
  problem: ({ code, message, next }, correlationId) =>
    `k8s-mcp: stream ended, ${code}: ${[message, next].filter((each) => each !== undefined).join(' ')} (correlation_id ${correlationId})\n`,
}

/** Milliseconds after which a browser connects again. */
const RETRY = 2000

/** Server-Sent Events (HTML Living Standard, 9.2). The stream's own end is `event: end`, so that a browser need not connect again. */
export const SSE_FRAME: Frame = {
  type: 'text/event-stream; charset=utf-8',
  start: `retry: ${RETRY}\n\n`,
  event: ({ event, id, data }) => sse(event, id, data),
  heartbeat: ':\n\n',
  end: sse('end', undefined, JSON.stringify({ code: 'ended' })),
  problem: ({ code, message, next }, correlationId) =>
    sse('end', undefined, JSON.stringify({ code, detail: message, next, correlation_id: correlationId })),
}

function sse(event: string | undefined, id: string | undefined, data: string): string {
  const fields = [
    event === undefined ? '' : `event: ${oneLine(event)}\n`,
    id === undefined ? '' : `id: ${oneLine(id)}\n`,
  ]
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  return `${fields.join('')}${lines.join('')}\n`
}

/** A line end inside a field would begin another one. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, ' ')
}
