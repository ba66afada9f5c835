import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ends } from './ends.ts'
import { folder } from './process.ts'

/** A kubeconfig of two contexts, `one` (the current one) and `two`, whose API servers are not there: enough to switch between. */
export function twoContexts(t: Ends): string {
  const path = join(folder(t), 'kubeconfig')
  const names = ['one', 'two']
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: names.map((name) => ({ name, cluster: { server: 'https://127.0.0.1:1' } })),
    users: [{ name: 'nobody', user: {} }],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: 'nobody' } })),
  }
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 })
  return path
}
