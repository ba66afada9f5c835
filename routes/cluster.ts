import { routes } from '../src/http/page.ts'
import { diffManifest } from '../src/operations/apply/diff-manifest.ts'
import { canI } from '../src/operations/cluster/can-i.ts'
import { getCluster } from '../src/operations/cluster/get-cluster.ts'
import { getContexts } from '../src/operations/cluster/get-contexts.ts'
import { getCurrentContext } from '../src/operations/cluster/get-current-context.ts'
import { listApiResources } from '../src/operations/cluster/list-api-resources.ts'
import { listEvents } from '../src/operations/cluster/list-events.ts'
import { listNamespaces } from '../src/operations/cluster/list-namespaces.ts'
import { getRollout } from '../src/operations/deployments/get-rollout.ts'
import { listDeployments } from '../src/operations/deployments/list-deployments.ts'
import { listNodes } from '../src/operations/nodes/list-nodes.ts'
import { topNodes } from '../src/operations/nodes/top-nodes.ts'
import { getPod } from '../src/operations/pods/get-pod.ts'
import { getPodLogs } from '../src/operations/pods/get-pod-logs.ts'
import { listPods } from '../src/operations/pods/list-pods.ts'
import { topPods } from '../src/operations/pods/top-pods.ts'
import { describeResource } from '../src/operations/resources/describe-resource.ts'
import { getResource } from '../src/operations/resources/get-resource.ts'
import { listResources } from '../src/operations/resources/list-resources.ts'
import { listServices } from '../src/operations/services/list-services.ts'

export default routes('cluster', {
  'GET /cluster': getCluster,
  'GET /cluster/contexts': getContexts,
  'GET /cluster/contexts/current': getCurrentContext,
  'GET /cluster/namespaces': listNamespaces,
  'GET /cluster/events': listEvents,
  'GET /cluster/api-resources': listApiResources,
  'GET /cluster/can-i': canI,

  'GET /cluster/pods': listPods,
  'GET /cluster/pod/:namespace/:name': getPod,
  'GET /cluster/pod/:namespace/:name/logs': getPodLogs,
  'GET /cluster/logs': getPodLogs,
  'GET /cluster/top/pods': topPods,

  'GET /cluster/deployments': listDeployments,
  'GET /cluster/deployment/:namespace/:name/rollout': getRollout,

  'GET /cluster/services': listServices,

  'GET /cluster/nodes': listNodes,
  'GET /cluster/top/nodes': topNodes,

  'GET /cluster/resources/:kind': listResources,
  'GET /cluster/resources/:kind/:name': getResource,
  'GET /cluster/describe/:kind/:name': describeResource,

  'POST /cluster/diff': diffManifest,
})
