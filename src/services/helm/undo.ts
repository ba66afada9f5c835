import type { Undo } from '../changes/plan.ts'
import type { HelmTools } from './changing.ts'
import { keptChart } from './release-chart.ts'
import type { Release } from './release.ts'
import type { ReleaseStanding } from './standing.ts'

interface Named {
  namespace: string
  name: string
}

const HOOKS = 'what hooks have done'

/** A first install is put back by taking it away. */
export const undoInstall = (context: string, { namespace, name }: Named): Undo => ({
  operation: 'infra.k8s.helm.uninstallRelease',
  input: { context, namespace, name },
  loses: [HOOKS, 'definitions (crds/) and the namespace, which stay'],
})

/** A new revision is put back by going to the one before it that was good. */
export function undoByRollback(context: string, { newest, good }: ReleaseStanding): Undo | undefined {
  const { namespace, name, revision, status } = newest
  const back = status === 'deployed' ? revision : good
  if (back === undefined) return undefined
  return {
    operation: 'infra.k8s.helm.rollbackRelease',
    input: { context, namespace, name, revision: back },
    loses: [HOOKS],
  }
}

/** An uninstalled release is put back by installing its chart with its values, where that chart can still be had. */
export async function undoUninstall(
  tools: HelmTools,
  { newest }: ReleaseStanding,
  { values }: Release,
  lost: readonly string[],
): Promise<{ undo: Undo | undefined; notes: string[] }> {
  const kept = await keptChart(tools, newest)
  if ('why' in kept) return { undo: undefined, notes: [`It cannot be undone: ${kept.why}.`] }
  const { namespace, name } = newest
  const chart = `sha256:${kept.sha256}`
  const input = { context: tools.cluster.context, namespace, name, chart, values, skipCrds: false }
  return {
    undo: {
      operation: 'infra.k8s.helm.installChart',
      input,
      loses: [
        'its history: it begins again with revision 1',
        'what was changed in its objects by hand',
        HOOKS,
        ...new Set(lost),
      ],
    },
    notes: [],
  }
}
