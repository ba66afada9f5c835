import { routes } from '../src/http/page.ts'
import { applyManifest } from '../src/operations/apply/apply-manifest.ts'
import { diffManifest } from '../src/operations/apply/diff-manifest.ts'
import { canI } from '../src/operations/cluster/can-i.ts'
import { getCluster } from '../src/operations/cluster/get-cluster.ts'
import { getContexts } from '../src/operations/cluster/get-contexts.ts'
import { getCurrentContext } from '../src/operations/cluster/get-current-context.ts'
import { listApiResources } from '../src/operations/cluster/list-api-resources.ts'
import { listEvents } from '../src/operations/cluster/list-events.ts'
import { listNamespaces } from '../src/operations/cluster/list-namespaces.ts'
import { switchContext } from '../src/operations/cluster/switch-context.ts'
import { diagnose } from '../src/operations/diagnose/diagnose.ts'
import { getRollout } from '../src/operations/deployments/get-rollout.ts'
import { listDeployments } from '../src/operations/deployments/list-deployments.ts'
import { restartDeployment } from '../src/operations/deployments/restart-deployment.ts'
import { scaleDeployment } from '../src/operations/deployments/scale-deployment.ts'
import { undoRollout } from '../src/operations/deployments/undo-rollout.ts'
import { cordonNode } from '../src/operations/nodes/cordon-node.ts'
import { drainNode } from '../src/operations/nodes/drain-node.ts'
import { listNodes } from '../src/operations/nodes/list-nodes.ts'
import { topNodes } from '../src/operations/nodes/top-nodes.ts'
import { createPod } from '../src/operations/pods/create-pod.ts'
import { deletePod } from '../src/operations/pods/delete-pod.ts'
import { execInPod } from '../src/operations/pods/exec-in-pod.ts'
import { getPodLogs } from '../src/operations/pods/get-pod-logs.ts'
import { getPod } from '../src/operations/pods/get-pod.ts'
import { listPods } from '../src/operations/pods/list-pods.ts'
import { topPods } from '../src/operations/pods/top-pods.ts'
import { deleteResource } from '../src/operations/resources/delete-resource.ts'
import { describeResource } from '../src/operations/resources/describe-resource.ts'
import { getResource } from '../src/operations/resources/get-resource.ts'
import { listResources } from '../src/operations/resources/list-resources.ts'
import { patchResource } from '../src/operations/resources/patch-resource.ts'
import { listServices } from '../src/operations/services/list-services.ts'

export default routes('cluster', {
  'GET /cluster': getCluster,
  'GET /cluster/contexts': getContexts,
  'GET /cluster/contexts/current': getCurrentContext,
  'PUT /cluster/contexts/current': switchContext,
  'GET /cluster/namespaces': listNamespaces,
  'GET /cluster/events': listEvents,
  'GET /cluster/api-resources': listApiResources,
  'GET /cluster/can-i': canI,

  'GET /cluster/pods': listPods,
  'GET /cluster/pod/:namespace/:name': getPod,
  'GET /cluster/pod/:namespace/:name/logs': getPodLogs,
  'GET /cluster/logs': getPodLogs,
  'GET /cluster/top/pods': topPods,
  'POST /cluster/create/pod': createPod,
  'DELETE /cluster/pod/:namespace/:name': deletePod,
  'POST /cluster/pod/:namespace/:name/exec': execInPod,

  'GET /cluster/deployments': listDeployments,
  'GET /cluster/deployment/:namespace/:name/rollout': getRollout,
  'POST /cluster/deployment/:namespace/:name/scale': scaleDeployment,
  'POST /cluster/deployment/:namespace/:name/restart': restartDeployment,
  'POST /cluster/deployment/:namespace/:name/undo': undoRollout,

  'GET /cluster/services': listServices,

  'GET /cluster/nodes': listNodes,
  'GET /cluster/top/nodes': topNodes,
  'POST /cluster/node/:name/cordon': cordonNode,
  'POST /cluster/node/:name/drain': drainNode,

  'GET /cluster/resources/:kind': listResources,
  'GET /cluster/resources/:kind/:name': getResource,
  'GET /cluster/describe/:kind/:name': describeResource,
  'DELETE /cluster/resources/:kind/:name': deleteResource,
  'PATCH /cluster/resources/:kind/:name': patchResource,

  'POST /cluster/diff': diffManifest,
  'POST /cluster/apply': applyManifest,

  'GET /cluster/diagnose': diagnose,
})
