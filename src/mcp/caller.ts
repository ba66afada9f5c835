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
  const { _meta: meta, signal } = context.mcpReq
  const token = meta?.progressToken
  const call = quietCallOf(visitor, signal, stopping)
  return token === undefined ? call : { ...call, wantsProgress: true, progress: progressTo(context, token) }
}

/** The same for what is asked without a message of its own, until one of the signals fires. */
export function quietCallOf({ door, principal, grant, correlationId, gone }: Visitor, ...ends: AbortSignal[]): Call {
  return {
    door,
    principal,
    grant,
    correlationId,
    signal: AbortSignal.any(gone === undefined ? ends : [...ends, gone]),
    wantsProgress: false,
    progress: () => undefined,
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
