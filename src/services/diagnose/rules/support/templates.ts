import type { KubeObject } from '../../../../kubernetes/types.ts'
import { bytesText, quantity } from '../../../describe/quantity.ts'
import { textAt } from '../../../describe/read.ts'
import type { NextStep } from '../../finding.ts'
import type { View } from './containers.ts'
import { advice, patchStep } from './steps.ts'

// Their pods come from a template that may be changed at any time; that of a Job may not, and a pod has none.
const TEMPLATED = ['Deployment', 'StatefulSet', 'DaemonSet']

/** The workload whose pod template a container comes from, where that template can be changed. */
function templateOf({ pod, facts }: View): KubeObject | undefined {
  const workload = facts.workloadOf(pod)
  return TEMPLATED.includes(workload.kind) ? workload : undefined
}

/** Asks to change fields of a container in its workload's template; advice alone where there is no such template. */
export function containerStep(view: View, text: string, fields: Record<string, unknown>): NextStep {
  const workload = templateOf(view)
  const list = view.container.role === 'container' ? 'containers' : 'initContainers'
  const spec = { [list]: [{ name: view.container.name, ...fields }] }
  return workload === undefined ? advice(text) : patchStep(text, workload, { spec: { template: { spec } } })
}

/** Twice the limit is where to begin: what it really needs only its use over time says. */
export function raiseMemoryStep(view: View): NextStep {
  const limit = textAt(view.container.spec, 'resources.limits.memory')
  const bytes = quantity(limit)
  if (limit === undefined || bytes === undefined)
    return advice('Give it a memory request and a limit, so that the node is not overcommitted.')
  const more = bytesText(2 * bytes)
  return containerStep(view, `Raise the limit, to ${more} for a start, or find out what it needs the memory for.`, {
    resources: { limits: { memory: more } },
  })
}
