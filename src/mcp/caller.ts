import type { ServerContext } from '@modelcontextprotocol/server'
import type { Call, Caller, Door } from '../call.ts'
import { plainText } from '../services/safety/visible-text.ts'

/** Who sent a message, as far as the transport knows. */
export interface Visitor extends Caller {
  door: Extract<Door, 'mcp' | 'stdio'>
  correlationId: string
  /** Fires when nobody can receive the answer any more. */
  gone: AbortSignal | undefined
}

/** What travels through the layers for one message. `stopping` fires when the server must end what still runs. */
export function callOf(visitor: Visitor, context: ServerContext, stopping: AbortSignal): Call {
  const ends = [context.mcpReq.signal, stopping, ...(visitor.gone === undefined ? [] : [visitor.gone])]
  const { _meta: meta } = context.mcpReq
  const token = meta?.progressToken
  return {
    door: visitor.door,
    principal: visitor.principal,
    grant: visitor.grant,
    correlationId: visitor.correlationId,
    signal: AbortSignal.any(ends),
    wantsProgress: token !== undefined,
    progress: token === undefined ? () => undefined : progressTo(context, token),
    requests: [],
  }
}

// MCP, basic/utilities/progress: the value must grow with every notification; who does not grow is not sent.
function progressTo(context: ServerContext, progressToken: string | number): Call['progress'] {
  let last = Number.NEGATIVE_INFINITY
  return (progress, total, message) => {
    if (progress <= last) return
    last = progress
    const params = { progressToken, progress, message: plainText(message), ...(total === undefined ? {} : { total }) }
    // A client that is gone needs no progress; its leaving is told by the signal.
    context.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }
}
