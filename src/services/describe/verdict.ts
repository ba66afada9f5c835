import { kindKey } from './read.ts'
import type { Snapshot } from './snapshot.ts'
import { definitionVerdict, nodeVerdict } from './verdict/cluster.ts'
import { conditionVerdict } from './verdict/conditions.ts'
import { deletionTrouble } from './verdict/deletion.ts'
import { cronJobVerdict, jobVerdict } from './verdict/jobs.ts'
import { podVerdict } from './verdict/pods.ts'
import { autoscalerVerdict, budgetVerdict, quotaVerdict } from './verdict/policies.ts'
import { endpointSliceVerdict, ingressVerdict, serviceVerdict } from './verdict/services.ts'
import { attachmentVerdict, claimVerdict, volumeVerdict } from './verdict/storage.ts'
import { line, sentence } from './verdict/trouble.ts'
import { workloadVerdict } from './verdict/workloads.ts'

type Judge = (snapshot: Snapshot) => string | undefined

// Who judges which kind; the conditions judge all others.
const JUDGES: Readonly<Record<string, Judge>> = {
  Pod: podVerdict,
  ReplicationController: workloadVerdict,
  'Deployment.apps': workloadVerdict,
  'ReplicaSet.apps': workloadVerdict,
  'StatefulSet.apps': workloadVerdict,
  'DaemonSet.apps': workloadVerdict,
  'Job.batch': jobVerdict,
  'CronJob.batch': cronJobVerdict,
  Service: serviceVerdict,
  'EndpointSlice.discovery.k8s.io': endpointSliceVerdict,
  'Ingress.networking.k8s.io': ingressVerdict,
  PersistentVolumeClaim: claimVerdict,
  PersistentVolume: volumeVerdict,
  'VolumeAttachment.storage.k8s.io': attachmentVerdict,
  'HorizontalPodAutoscaler.autoscaling': autoscalerVerdict,
  'PodDisruptionBudget.policy': budgetVerdict,
  ResourceQuota: quotaVerdict,
  Node: nodeVerdict,
  'CustomResourceDefinition.apiextensions.k8s.io': definitionVerdict,
}

/**
 * What is wrong with the object of a snapshot, in one line with the reason and the message that matter. Undefined: nothing is
 * known to be wrong; completed, suspended, starting and rolling out in time are not wrong.
 */
export function verdict(snapshot: Snapshot): string | undefined {
  const { object } = snapshot
  if (object.metadata.deletionTimestamp !== undefined) {
    const trouble = deletionTrouble(object, snapshot)
    return trouble === undefined ? undefined : line(sentence(trouble))
  }
  const said = (JUDGES[kindKey(object)] ?? conditionVerdict)(snapshot)
  return said === undefined ? undefined : line(said)
}
