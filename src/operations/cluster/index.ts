import type { Operation } from '../define.ts'
import { canI } from './can-i.ts'
import { getCluster } from './get-cluster.ts'
import { getContexts } from './get-contexts.ts'
import { getCurrentContext } from './get-current-context.ts'
import { listApiResources } from './list-api-resources.ts'
import { listEvents } from './list-events.ts'
import { listNamespaces } from './list-namespaces.ts'
import { switchContext } from './switch-context.ts'

export const cluster: readonly Operation[] = [
  getCluster,
  getContexts,
  getCurrentContext,
  switchContext,
  listNamespaces,
  listEvents,
  listApiResources,
  canI,
]
