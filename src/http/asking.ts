import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Call } from '../call.ts'
import { problems } from '../errors.ts'
import type { Operation } from '../operations/define.ts'

const MOST_SECONDS = 50

/** How a change is asked for, where the request says more than its input: Idempotency-Key, and Prefer: wait (RFC 7240, 4.3). */
export function askingOf(operation: Operation, { headers }: FastifyRequest): Pick<Call, 'asking'> {
  if (operation.kind !== 'change') return {}
  const key = headers['idempotency-key']
  if (Array.isArray(key)) throw problems.badInput('Idempotency-Key is given twice.', 'Give it once.')
  const wait = waitOf(headers['prefer'])
  return {
    asking: { ...(key === undefined ? {} : { idempotencyKey: key }), ...(wait === undefined ? {} : { wait }) },
  }
}

// A preference that cannot be read or met is no error (RFC 7240, 2): it is then not among those that are answered as applied.
function waitOf(prefer: string | string[] | undefined): number | undefined {
  const wanted = [prefer ?? []].flat().join(',').split(',')
  const [, seconds] = wanted.map((each) => /^\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:;|$)/i.exec(each)).find(Boolean) ?? []
  return seconds === undefined ? undefined : Math.min(Number(seconds), MOST_SECONDS)
}

/** A change is not done but asked for: 202, and where the request waits. 200 where its end is in the answer. */
export function answerChange(
  operation: Operation,
  { asking }: Call,
  output: unknown,
  reply: FastifyReply,
): FastifyReply {
  if (operation.kind !== 'change') return reply
  if (!isApproval(output)) throw new TypeError(`${operation.name} answered no approval`)
  if (asking?.wait !== undefined) reply.header('preference-applied', `wait=${asking.wait}`)
  return reply
    .code(output.endedAt === undefined ? 202 : 200)
    .header('location', `/approvals/${encodeURIComponent(output.id)}`)
}

const isApproval = (output: unknown): output is { id: string; endedAt?: unknown } =>
  typeof output === 'object' && output !== null && 'id' in output && typeof output.id === 'string'
