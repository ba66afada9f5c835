import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { TestCluster } from '../test/cluster/cluster.ts'

/** Names of contexts that mean the same cluster and user under as many names, so that there is something to switch to. */
export const CONTEXTS: readonly string[] = Array.from({ length: 20 }, (_, index) => `admin-${index}`)

interface Kubeconfig {
  contexts: { name: string; context: object }[]
}

/** The kubeconfig of a cluster with these contexts, too. It goes with the cluster. */
export function manyContexts({ kubeconfig, dir }: Pick<TestCluster, 'kubeconfig' | 'dir'>): string {
  const config: Kubeconfig = parse(readFileSync(kubeconfig, 'utf8'))
  const admin = config.contexts.find(({ name }) => name === 'admin')?.context ?? {}
  const more = CONTEXTS.map((name) => ({ name, context: admin }))
  const path = join(dir ?? dirname(kubeconfig), 'kubeconfig-of-many-contexts')
  writeFileSync(path, stringify({ ...config, contexts: [...config.contexts, ...more] }), { mode: 0o600 })
  return path
}
