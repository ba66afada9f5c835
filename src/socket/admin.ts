import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import type { Caller } from '../call.ts'
import { Problem, problems } from '../errors.ts'
import { takeBodies } from '../http/plugin.ts'
import { ACTIONS, type Administration, EXPORT } from '../services/administration.ts'
import type { Acting } from '../services/approvals/core.ts'

export interface AdminOptions {
  /** Or why there is none: the store could not be opened. */
  administration: Administration | Problem
  operator: Caller
}

const exportInput = Compile(EXPORT.input)

/** `POST /admin/*`: tokens, audit, policy. On the socket only, for whoever runs the server. */
export async function admin(app: FastifyInstance, { administration, operator }: AdminOptions): Promise<void> {
  takeBodies(app)
  const actingIn = ({ id: correlationId }: FastifyRequest): Acting => ({
    principal: operator.principal,
    door: 'terminal',
    correlationId,
  })
  for (const { name, answer } of ACTIONS)
    app.post(`/admin/${name}`, (request) => answer(usable(administration), request.body, actingIn(request)))
  app.post(`/admin/${EXPORT.name}`, async ({ body }, reply) => {
    if (!exportInput.Check(body)) throw problems.badInput('since must be a number of a row, from 0.')
    const lines = usable(administration).exported(body.since ?? 0)
    return reply.type('application/jsonl').send(Readable.from(lines))
  })
}

function usable(administration: Administration | Problem): Administration {
  if (administration instanceof Problem) throw administration
  return administration
}
