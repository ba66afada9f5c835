import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server'

/**
 * A transport whose messages are looked at before anybody heeds them, in their order. The SDK answers a request for a stream of changes
 * of a stdio client by itself, so that nobody else could say what that client may be told.
 */
export function lookedAt(inner: Transport, look: (message: JSONRPCMessage) => Promise<JSONRPCMessage>): Transport {
  let before: Promise<void> = Promise.resolve()
  const onmessage = (message: JSONRPCMessage) => {
    before = before.then(async () => outer.onmessage?.(await look(message))).catch((error) => outer.onerror?.(error))
  }
  const outer: Transport = {
    start() {
      Object.assign(inner, { onmessage, onerror: outer.onerror, onclose: outer.onclose })
      return inner.start()
    },
    send: (message, options) => inner.send(message, options),
    close: () => inner.close(),
  }
  return outer
}
