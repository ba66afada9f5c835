import { idOf } from './ask-and-deny.ts'
import { CONTEXTS, manyContexts } from './contexts.ts'
import { repeat, sideBySide } from './measure.ts'
import { ms, type Row, times } from './report.ts'
import type { Bench } from './rows.ts'
import { startTarget, type Target } from './target.ts'

const AGENTS = 500
const AT_ONCE = 50

/** A store full of open approvals must slow neither those who read the cluster nor those who list what is open. */
export async function manyOpen({ cluster, logged, seconds }: Bench): Promise<Row[]> {
  const kubeconfig = manyContexts(cluster)
  const { target: filling } = await startTarget(kubeconfig)
  const { approver, agent, open } = await fill(filling)
  // Started anew, so that the one differs from the other by what is in its store and by nothing it has done.
  const { target: full } = await startTarget(kubeconfig, await filling.stop({ keep: true }))
  const { target: empty } = await startTarget(kubeconfig)
  try {
    const path = `/cluster/pod/${logged.namespace}/${logged.name}`
    const found = await sideBySide(
      { empty: () => empty.rest(path), full: () => full.rest(path) },
      { seconds, rounds: 5 },
    )
    const ratio = found('full').p50 / found('empty').p50
    const all = await repeat(() => full.as(approver, 'GET', '/approvals?limit=100'), { seconds })
    const own = await repeat(() => full.as(agent, 'GET', '/approvals'), { seconds })
    return [
      {
        work: `get one pod, ${open} approvals open, p50`,
        raw: ms(found('empty').p50),
        ours: ms(found('full').p50),
        ratio: times(ratio),
        target: '<= 1.1 x none open',
        met: ratio <= 1.1,
      },
      listed(`list 100 of ${open} open approvals, approver, p95`, all.p95),
      listed(`list one’s own of ${open} open approvals, agent, p95`, own.p95),
    ]
  } finally {
    await empty.stop()
    await full.stop()
  }
}

const listed = (work: string, p95: number): Row => ({
  work,
  raw: '-',
  ours: ms(p95),
  ratio: '-',
  target: '<= 20 ms',
  met: p95 <= 20,
})

/** As many as the server lets 500 agents have open. */
async function fill(target: Target): Promise<{ approver: string; agent: string; open: number }> {
  const approver = await target.token({ kind: 'person', subject: 'alice', role: 'approver' })
  const agents: string[] = []
  for (let nth = 0; nth < AGENTS; nth++)
    agents.push(await target.token({ kind: 'agent', subject: `agent-${nth}`, role: 'requester' }))
  const ids = new Set<string>()
  const left = agents.flatMap((token) => CONTEXTS.map((contextName) => ({ token, contextName })))
  const ask = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop())
      ids.add(idOf(await target.as(next.token, 'PUT', '/cluster/contexts/current', { contextName: next.contextName })))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask))
  return { approver, agent: agents[0] ?? '', open: ids.size }
}
