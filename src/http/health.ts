import type { FastifyInstance } from 'fastify'

const probe = (operationId: string, summary: string, description: string) => ({
  operationId,
  summary,
  description,
  tags: ['server'],
  response: {
    200: { description: 'Yes.', content: { 'text/plain': { schema: { type: 'string' } } } },
    503: { description: 'No, and why not.', content: { 'text/plain': { schema: { type: 'string' } } } },
  },
})

/** `/livez`: the event loop turns. `/readyz`: requests may come. For probes: plain text, whatever the Host; a cluster that is away is no reason. */
export function health(app: FastifyInstance, notReady: () => string | undefined = () => undefined): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  const livez = probe('livez', 'Alive', 'For liveness probes: answers as long as the event loop turns.')
  const readyz = probe(
    'readyz',
    'Ready',
    'For readiness probes. A cluster that cannot be reached does not make the server unready.',
  )
  app.get('/livez', { schema: livez }, async (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'))
  app.get('/readyz', { schema: readyz }, async (_request, reply) => {
    const reason = closing ? 'shutting down' : notReady()
    return reply
      .code(reason === undefined ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(`${reason ?? 'ok'}\n`)
  })
}
