import { CONTEXTS, manyContexts } from './contexts.ts'
import { countFsyncs } from './fsyncs.ts'
import { ms, rate, type Row } from './report.ts'
import type { Bench } from './rows.ts'
import { percentiles } from './measure.ts'
import { startTarget, type Target } from './target.ts'

const PRINCIPALS = 50
const PAIRS_TRACED = 40

/** 50 agents ask to switch their context, a person denies each: every answer is on disk before it is sent. */
export async function askAndDeny({ cluster, seconds }: Bench): Promise<Row[]> {
  const { target } = await startTarget(manyContexts(cluster))
  try {
    const people = await peopleOf(target)
    await together(people, 2)
    const { times, elapsed } = await together(people, Math.max(3, seconds))
    const perSecond = times.length / elapsed
    const { p99 } = percentiles(times)
    return [
      row(`ask and deny by ${PRINCIPALS}, acknowledged`, rate(perSecond), '>= 1000/s', perSecond >= 1000),
      row(`ask and deny by ${PRINCIPALS}, p99`, ms(p99), '<= 100 ms', p99 <= 100),
      ...(await fsyncs(target, people)),
    ]
  } finally {
    await target.stop()
  }
}

/** Two acknowledgements: one for what is asked, one for the decision. Both must be durable. */
async function pair({ target, approver }: Person, token: string, told: (milliseconds: number) => void): Promise<void> {
  const [contextName] = CONTEXTS
  const start = performance.now()
  const id = idOf(await target.as(token, 'PUT', '/cluster/contexts/current', { contextName }))
  const asked = performance.now()
  await target.as(approver, 'POST', `/approvals/${id}/deny`, { reason: 'measured' })
  told(asked - start)
  told(performance.now() - asked)
}

interface Person {
  target: Target
  approver: string
  agents: readonly string[]
}

async function peopleOf(target: Target): Promise<Person> {
  const approver = await target.token({ kind: 'person', subject: 'alice', role: 'approver' })
  const agents: string[] = []
  for (let nth = 0; nth < PRINCIPALS; nth++)
    agents.push(await target.token({ kind: 'agent', subject: `agent-${nth}`, role: 'requester' }))
  return { target, approver, agents }
}

/** All agents at once, each one pair after the other, for so many seconds. Milliseconds of each acknowledgement. */
async function together(people: Person, seconds: number): Promise<{ times: number[]; elapsed: number }> {
  const times: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  const agent = async (token: string) => {
    while (performance.now() < end) await pair(people, token, (time) => times.push(time))
  }
  await Promise.all(people.agents.map(agent))
  return { times, elapsed: (performance.now() - start) / 1000 }
}

// One after the other, no two acknowledgements can share an fsync; at once, at most as many as there are agents.
async function fsyncs(target: Target, people: Person): Promise<Row[]> {
  const [token = ''] = people.agents
  let alone = 0
  const single = await countFsyncs(target.pid, async () => {
    for (let nth = 0; nth < PAIRS_TRACED; nth++) await pair(people, token, () => (alone += 1))
  })
  let grouped = 0
  const many = await countFsyncs(target.pid, async () => {
    grouped = (await together(people, 1)).times.length
  })
  if (single === undefined || many === undefined)
    return [row('fsyncs', 'not counted: no strace here, or it may not look', '-', true)]
  return [
    row('fsyncs for each acknowledgement, one client', (single / alone).toFixed(2), '>= 1', single >= alone),
    row(
      `acknowledgements for each fsync, ${PRINCIPALS} clients`,
      (grouped / many).toFixed(2),
      `<= ${PRINCIPALS}`,
      grouped <= many * PRINCIPALS,
    ),
  ]
}

const row = (work: string, ours: string, target: string, met: boolean): Row => ({
  work,
  raw: '-',
  ours,
  ratio: '-',
  target,
  met,
})

/** The id in the answer of a change. */
export function idOf(answer: unknown): string {
  const id: unknown = answer !== null && typeof answer === 'object' ? Reflect.get(answer, 'id') : undefined
  if (typeof id !== 'string') throw new Error(`no approval: ${JSON.stringify(answer)}`)
  return id
}
