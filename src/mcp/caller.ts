import type { ServerContext } from '@modelcontextprotocol/server'
import type { Call, Door, Principal } from '../call.ts'
import { plainText } from '../services/safety/visible-text.ts'

/** Who sent a message, as far as the transport knows. */
export interface Caller {
  door: Extract<Door, 'mcp' | 'stdio'>
  principal: Principal
  correlationId: string
  /** Fires when nobody can receive the answer any more. */
  gone: AbortSignal | undefined
}

/** What travels through the layers for one message. `stopping` fires when the server must end what still runs. */
export function callOf(caller: Caller, context: ServerContext, stopping: AbortSignal): Call {
  const ends = [context.mcpReq.signal, stopping, ...(caller.gone === undefined ? [] : [caller.gone])]
  const { _meta: meta } = context.mcpReq
  const token = meta?.progressToken
  return {
    door: caller.door,
    principal: caller.principal,
    correlationId: caller.correlationId,
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
