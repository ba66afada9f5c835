import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { TestCluster } from '../cluster/cluster.ts'
import { kubeconfigText } from '../cluster/kubeconfig.ts'
import type { Ends } from './ends.ts'
import { folder } from './process.ts'

/** Lets a server listen on a free port of loopback until the test ends, and answers its address. */
export async function listenOnLoopback(ends: Ends, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

/** A server that stands in front of a cluster, or in its place: the path of the cluster's kubeconfig with its address instead. */
export async function kubeconfigBehind(ends: Ends, cluster: TestCluster, server: Server): Promise<string> {
  const url = await listenOnLoopback(ends, server)
  const path = join(folder(ends), 'kubeconfig')
  await writeFile(path, kubeconfigText({ ...cluster, server: url }))
  return path
}
