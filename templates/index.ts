import type { Template } from '../src/services/templates/define.ts'
import ciDeployer from './ci-deployer.ts'
import configmap from './configmap.ts'
import crd from './crd.ts'
import cronjob from './cronjob.ts'
import daemonset from './daemonset.ts'
import debugPod from './debug-pod.ts'
import deployment from './deployment.ts'
import gatewayHttproute from './gateway-httproute.ts'
import hpa from './hpa.ts'
import ingressTls from './ingress-tls.ts'
import job from './job.ts'
import limitRange from './limit-range.ts'
import namespace from './namespace.ts'
import networkPolicy from './network-policy.ts'
import networkPolicyAllowDns from './network-policy-allow-dns.ts'
import networkPolicyAllowFromNamespace from './network-policy-allow-from-namespace.ts'
import networkPolicyDenyAll from './network-policy-deny-all.ts'
import pdb from './pdb.ts'
import podWithSidecar from './pod-with-sidecar.ts'
import priorityclass from './priorityclass.ts'
import pvc from './pvc.ts'
import readOnlyClusterrole from './read-only-clusterrole.ts'
import resourceQuota from './resource-quota.ts'
import role from './role.ts'
import secret from './secret.ts'
import secretRegistry from './secret-registry.ts'
import secretTls from './secret-tls.ts'
import service from './service.ts'
import serviceaccount from './serviceaccount.ts'
import statefulset from './statefulset.ts'
import storageclass from './storageclass.ts'
import tenant from './tenant.ts'
import topologySpread from './topology-spread.ts'
import validatingAdmissionPolicy from './validating-admission-policy.ts'
import webApplication from './web-application.ts'

/** Every template, in documented order. */
export const templates: readonly Template[] = [
  webApplication,
  deployment,
  statefulset,
  daemonset,
  job,
  cronjob,
  debugPod,
  podWithSidecar,
  topologySpread,
  service,
  ingressTls,
  gatewayHttproute,
  networkPolicy,
  networkPolicyDenyAll,
  networkPolicyAllowDns,
  networkPolicyAllowFromNamespace,
  hpa,
  pdb,
  configmap,
  secret,
  secretRegistry,
  secretTls,
  pvc,
  storageclass,
  serviceaccount,
  role,
  readOnlyClusterrole,
  ciDeployer,
  namespace,
  resourceQuota,
  limitRange,
  tenant,
  crd,
  validatingAdmissionPolicy,
  priorityclass,
]
