import type { KubeObject } from '../kubernetes/types.ts'
import { at, conditionOf, numberAt } from './describe/read.ts'

/** How the rollout of a deployment stands, and the sentence for it. */
export interface RolloutStatus {
  state: 'complete' | 'progressing' | 'stuck' | 'paused'
  message: string
}

/** Reads what `kubectl rollout status` reads: generations, the Progressing condition, and the counts. Pure. */
export function rolloutStatus(deployment: KubeObject): RolloutStatus {
  const count = (name: string) => numberAt(deployment, `status.${name}`) ?? 0
  const wanted = numberAt(deployment, 'spec.replicas') ?? 1
  const updated = count('updatedReplicas')
  const progressing = conditionOf(deployment, 'Progressing')
  if (at(deployment, 'spec.paused') === true)
    return { state: 'paused', message: `The rollout is paused with ${updated} of ${wanted} pods updated.` }
  if (count('observedGeneration') < (deployment.metadata.generation ?? 0))
    return { state: 'progressing', message: 'The controller has not seen the newest specification yet.' }
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    return { state: 'stuck', message: progressing.message ?? 'The rollout exceeded its progress deadline.' }
  return counted(wanted, updated, count('replicas'), count('availableReplicas'))
}

function counted(wanted: number, updated: number, total: number, available: number): RolloutStatus {
  if (updated < wanted) return { state: 'progressing', message: `${updated} of ${wanted} pods are updated.` }
  if (total > updated) return { state: 'progressing', message: `${total - updated} old pods are still to end.` }
  if (available < updated)
    return { state: 'progressing', message: `${available} of ${updated} updated pods are available.` }
  return { state: 'complete', message: `All ${wanted} pods are updated and available.` }
}
