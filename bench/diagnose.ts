import { repeat } from './measure.ts'
import { mib, ms, type Row } from './report.ts'
import type { Bench } from './rows.ts'

const TOOL = 'k8s_diagnose_diagnose'
const MIB = 1024 * 1024

/** Diagnosis: of a namespace, of everything, and what it says of a namespace in which all is well. */
export async function diagnosis(bench: Bench): Promise<Row[]> {
  return [await ofNamespace(bench), ...(await ofEverything(bench)), await ofHealthy(bench)]
}

async function ofNamespace({ target, namespaces, seconds }: Bench): Promise<Row> {
  const [namespace = ''] = namespaces
  const { p50 } = await repeat(() => target.tool(TOOL, { namespace }), { seconds })
  return {
    work: 'diagnose a namespace of 250 pods, p50',
    raw: '-',
    ours: ms(p50),
    ratio: '-',
    target: '<= 250 ms',
    met: p50 <= 250,
  }
}

async function ofEverything({ target, pods }: Bench): Promise<Row[]> {
  const before = target.memory()
  await target.stall()
  const times: number[] = []
  let memory = 0
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    await target.tool(TOOL, { allNamespaces: true })
    times.push(performance.now() - start)
    memory = Math.max(memory, target.memory() - before)
  }
  const [stall, longest] = [await target.stall(), Math.max(...times)]
  const row = (work: string, ours: string, allowed: string, met: boolean): Row => ({
    work: `diagnose ${pods} pods: ${work}`,
    raw: '-',
    ours,
    ratio: '-',
    target: allowed,
    met,
  })
  return [
    row('longest of five', ms(longest), '<= 2500 ms', longest <= 2500),
    row('memory that it adds', mib(memory), '<= 60 MiB', memory <= 60 * MIB),
    row('longest stall', ms(stall), '<= 50 ms', stall <= 50),
  ]
}

async function ofHealthy({ target }: Bench): Promise<Row> {
  const bytes = Buffer.byteLength(await target.tool(TOOL, { namespace: 'default' }))
  return {
    work: 'diagnose a healthy namespace: text',
    raw: '-',
    ours: `${bytes} bytes`,
    ratio: '-',
    target: '<= 300 bytes',
    met: bytes <= 300,
  }
}
