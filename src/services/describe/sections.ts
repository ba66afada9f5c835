import { kindKey } from './read.ts'
import type { Section } from './schema.ts'
import { bindingSections, roleSections } from './sections/access.ts'
import { accountSections, configMapSections, secretSections } from './sections/config.ts'
import { apiServiceSections, definitionSections, webhookSections } from './sections/extensions.ts'
import { familySections } from './sections/family.ts'
import { genericSections } from './sections/generic.ts'
import { conditionsSection, metadataSection } from './sections/metadata.ts'
import { endpointSliceSections, ingressSections, networkPolicySections, serviceSections } from './sections/network.ts'
import { nodeSections } from './sections/nodes.ts'
import { podSections } from './sections/pods.ts'
import {
  autoscalerSections,
  budgetSections,
  limitRangeSections,
  namespaceSections,
  quotaSections,
} from './sections/policies.ts'
import { claimSections, storageClassSections, volumeSections } from './sections/storage.ts'
import { workloadSections } from './sections/workloads.ts'
import type { Snapshot } from './snapshot.ts'

interface Telling {
  sections: (snapshot: Snapshot) => Section[]
  /** Kinds of its family that these sections tell already. */
  tells?: readonly string[]
}

// What there is to tell about each kind; all others are told field by field.
const TELLINGS: Readonly<Record<string, Telling>> = {
  Pod: { sections: podSections },
  ReplicationController: { sections: workloadSections },
  'Deployment.apps': { sections: workloadSections },
  'ReplicaSet.apps': { sections: workloadSections },
  'StatefulSet.apps': { sections: workloadSections },
  'DaemonSet.apps': { sections: workloadSections },
  'Job.batch': { sections: workloadSections },
  'CronJob.batch': { sections: workloadSections },
  Service: { sections: serviceSections, tells: ['EndpointSlice.discovery.k8s.io'] },
  'EndpointSlice.discovery.k8s.io': { sections: endpointSliceSections },
  'Ingress.networking.k8s.io': { sections: ingressSections },
  'NetworkPolicy.networking.k8s.io': { sections: networkPolicySections },
  PersistentVolumeClaim: { sections: claimSections },
  PersistentVolume: { sections: volumeSections },
  'StorageClass.storage.k8s.io': { sections: storageClassSections },
  Node: { sections: nodeSections, tells: ['Pod'] },
  Namespace: { sections: namespaceSections, tells: ['ResourceQuota', 'LimitRange'] },
  ConfigMap: { sections: configMapSections },
  Secret: { sections: secretSections },
  ServiceAccount: { sections: accountSections },
  'Role.rbac.authorization.k8s.io': { sections: roleSections },
  'ClusterRole.rbac.authorization.k8s.io': { sections: roleSections },
  'RoleBinding.rbac.authorization.k8s.io': { sections: bindingSections },
  'ClusterRoleBinding.rbac.authorization.k8s.io': { sections: bindingSections },
  'HorizontalPodAutoscaler.autoscaling': { sections: autoscalerSections },
  'PodDisruptionBudget.policy': { sections: budgetSections },
  ResourceQuota: { sections: quotaSections },
  LimitRange: { sections: limitRangeSections },
  'CustomResourceDefinition.apiextensions.k8s.io': { sections: definitionSections },
  'APIService.apiregistration.k8s.io': { sections: apiServiceSections },
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': { sections: webhookSections },
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': { sections: webhookSections },
}

const OTHERS: Telling = { sections: genericSections }

/** All there is to tell about the object of a snapshot: conditions and family first, then the kind's own, then metadata. */
export function sections(snapshot: Snapshot): Section[] {
  const { sections: own, tells = [] } = TELLINGS[kindKey(snapshot.object)] ?? OTHERS
  return [
    ...conditionsSection(snapshot),
    ...familySections(snapshot, tells),
    ...own(snapshot),
    ...metadataSection(snapshot),
  ]
}
