import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { idOf } from './ask-and-deny.ts'
import { percentiles } from './measure.ts'
import { ms, type Row } from './report.ts'
import type { Bench } from './rows.ts'
import { startTarget } from './target.ts'

const NAMESPACE = 'helm-plans'
const ROUNDS = 15
const WARM_UP = 3
const ALLOWED = 150

/** A plan of the chart that `helm create` makes, against the binary's own `helm template` of it. */
export async function helmPlan({ cluster }: Bench): Promise<Row[]> {
  const charts = mkdtempSync(join(tmpdir(), 'k8s-mcp-bench-charts-'))
  const helm = async (args: readonly string[]) => {
    const { code, stderr } = await cluster.helm(args)
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`)
  }
  await helm(['create', join(charts, 'web')])
  await cluster.api.ensure('/api/v1/namespaces', { metadata: { name: NAMESPACE } })
  const settings = { HELM_BIN: cluster.binary('helm'), HELM_CHART_DIR: charts }
  const { target } = await startTarget(cluster.kubeconfig, undefined, settings)
  try {
    const agent = await target.token({ kind: 'agent', subject: 'bot', role: 'requester' })
    const plan = async (round: number) => {
      const input = { namespace: NAMESPACE, name: `web-${round}`, chart: 'web' }
      return idOf(await target.as(agent, 'POST', '/cluster/helm/releases', input))
    }
    const [rendered, planned]: [number[], number[]] = [[], []]
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const start = performance.now()
      await helm(['template', 'web', join(charts, 'web')])
      const middle = performance.now()
      const id = await plan(round)
      const end = performance.now()
      await target.as(agent, 'POST', `/approvals/${id}/cancel`, {})
      if (round < WARM_UP) continue
      rendered.push(middle - start)
      planned.push(end - middle)
    }
    return [rowOf(percentiles(rendered).p50, percentiles(planned).p50)]
  } finally {
    await target.stop()
    rmSync(charts, { recursive: true, force: true })
  }
}

const rowOf = (template: number, plan: number): Row => ({
  work: 'helm: plan of an install of the default chart, p50, against helm template',
  raw: ms(template),
  ours: ms(plan),
  ratio: `+${ms(plan - template)}`,
  target: `<= raw + ${ALLOWED} ms`,
  met: plan <= template + ALLOWED,
})
