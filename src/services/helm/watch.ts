import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '../../errors.ts'
import type { Execution } from '../changes/plan.ts'
import { WORKLOADS } from '../changes/workloads.ts'
import type { ReleaseSteps } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import { liveResources } from './live.ts'
import { manifestOf } from './manifest.ts'
import type { Release } from './release.ts'
import type { ReleaseResource } from './schema.ts'

const LOOK_MILLISECONDS = 500
/** Looks for a stop between two looks at the cluster. */
const LOOKS = 4
const MOST_NAMED = 3

/**
 * Tells how far Helm has come, by what is in the cluster: Helm itself is silent until its end, and would die of a line that nobody reads
 * any more. Rejects where the execution was cancelled; resolves once `ended`.
 */
export async function watch(
  tools: HelmTools,
  steps: ReleaseSteps,
  execution: Execution,
  ended: AbortSignal,
): Promise<void> {
  let last = ''
  for (let look = 1; await stillRuns(ended); look++) {
    await execution.beforeSend()
    if (look % LOOKS !== 0) continue
    const message = await progressOf(tools, steps)
    if (ended.aborted || message === last) continue
    last = message
    await execution.step(0, 1, message)
  }
}

async function stillRuns(ended: AbortSignal): Promise<boolean> {
  try {
    await pause(LOOK_MILLISECONDS, undefined, { signal: ended })
    return true
  } catch {
    return false
  }
}

async function progressOf(tools: HelmTools, { action, namespace, name, revision }: ReleaseSteps): Promise<string> {
  try {
    const release = await tools.storage.read(namespace, name)
    if (action !== 'uninstall' && release.revision !== revision) return `helm ${action} has begun`
    return await stateOf(tools, release)
  } catch (error) {
    if (error instanceof Problem) return `helm ${action} runs`
    throw error
  }
}

async function stateOf({ cluster }: HelmTools, release: Release): Promise<string> {
  const { objects } = await manifestOf(release, cluster.call.signal)
  const live = await liveResources(cluster, objects, release.namespace)
  const there = live.filter(({ state }) => state === 'present')
  const named = there.filter(({ kind }) => WORKLOADS.has(kind)).slice(0, MOST_NAMED)
  const told = [`${there.length} of ${live.length} objects are there`, ...named.map(spoken)].join('; ')
  return `revision ${release.revision} is ${release.status}: ${told}`
}

const spoken = ({ kind, name, status = '' }: ReleaseResource) => `${kind} ${name} ${status}`.trim()
