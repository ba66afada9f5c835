import type { Rule } from '../rule.ts'
import { persistentVolumeRules } from './persistent-volumes.ts'
import { storageRules } from './storage.ts'
import { serviceRules } from './services.ts'
import { nodeRules } from './nodes.ts'
import { ingressTlsRules } from './ingress-tls.ts'
import { ingressRules } from './ingresses.ts'
import { helmRules } from './helm.ts'
import { extensionRules } from './extensions.ts'
import { deletionRules } from './deletions.ts'
import { conditionRules } from './conditions.ts'
import { certificateRules } from './certificates.ts'
import { budgetRules } from './budgets.ts'
import { autoscalerRules } from './autoscalers.ts'
import { creationRules } from './creation.ts'
import { everyPodRule } from './every-pod.ts'
import { jobRules } from './jobs.ts'
import { loadBalancerRules } from './load-balancers.ts'
import { rolloutRules } from './rollouts.ts'

/** Every rule, in no order that matters. */
export const rules: readonly Rule[] = [
  ...everyPodRule,
  ...creationRules,
  ...rolloutRules,
  ...jobRules,
  ...serviceRules,
  ...loadBalancerRules,
  ...ingressRules,
  ...ingressTlsRules,
  ...storageRules,
  ...persistentVolumeRules,
  ...autoscalerRules,
  ...budgetRules,
  ...nodeRules,
  ...deletionRules,
  ...certificateRules,
  ...helmRules,
  ...extensionRules,
  ...conditionRules,
]
