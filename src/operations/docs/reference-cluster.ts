import { Problem, problems } from '../../errors.ts'
import type { Cluster } from '../../services/cluster.ts'
import type { Services } from '../../services/index.ts'

/**
 * The cluster that the reference may be of: none for callers without a credential, or where there is no cluster. Who named a context is
 * told why it cannot be used.
 */
export function clusterFor(services: Services, context: string | undefined): Cluster | undefined {
  if (services.call.grant.role === 'none') {
    if (context !== undefined) throw problems.unauthenticated()
    return undefined
  }
  try {
    return services.cluster
  } catch (error) {
    if (context !== undefined || !(error instanceof Problem)) throw error
    return undefined
  }
}
