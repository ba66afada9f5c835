import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestCluster } from '../cluster/cluster.ts'
import { kubeconfigText } from '../cluster/kubeconfig.ts'
import type { Ends } from './ends.ts'
import { folder } from './process.ts'

/** Kubeconfig with all contexts of a cluster, but none that never answers: it would cost every status five seconds. */
export async function quickKubeconfig(ends: Ends, cluster: TestCluster): Promise<string> {
  const path = join(folder(ends), 'kubeconfig')
  await writeFile(path, kubeconfigText({ ...cluster, blackhole: cluster.unreachable }), { mode: 0o600 })
  return path
}
