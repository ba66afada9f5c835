import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { binding, LOOK, role, type Rule, serviceAccount } from '../src/services/templates/parts/access.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { Flag, Name, NamespaceName, PartOf } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'ci-deployer',
  title: 'Deployer for a pipeline',
  description: 'An account that may roll applications out in one namespace and watch them, but not read Secrets.',
  kinds: ['ServiceAccount', 'Role', 'RoleBinding'],
  tags: ['ci', 'cd', 'pipeline', 'rbac', 'deploy'],
  parameters: Type.Object({
    name: Name('ci-deployer'),
    namespace: NamespaceName('Namespace of the objects: the binding has to name that of the account.', {
      default: 'default',
    }),
    partOf: PartOf,
    prune: Flag('May also delete what it deploys.'),
    autoscalers: Flag('May also deploy autoscalers and disruption budgets.', true),
  }),
  objects: (values) => {
    const { name, namespace, prune, autoscalers } = values
    const verbs = [...LOOK, 'create', 'update', 'patch', ...(prune ? ['delete'] : [])]
    return [
      why(serviceAccount(metadata(values)), {
        automountServiceAccountToken: 'The pipeline asks for tokens that end (kubectl create token), no Pod has one.',
      }),
      role('Role', metadata(values), rules(verbs, autoscalers)),
      binding('RoleBinding', metadata(values), {
        role: { kind: 'Role', name },
        subject: { kind: 'ServiceAccount', name, namespace },
      }),
    ]
  },
})

const rules = (verbs: readonly string[], autoscalers: boolean): Rule[] => [
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs },
  { apiGroups: [''], resources: ['services', 'configmaps', 'persistentvolumeclaims'], verbs },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs },
  ...(autoscalers
    ? [
        { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs },
        { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs },
      ]
    : []),
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: LOOK },
  { apiGroups: [''], resources: ['pods', 'pods/log', 'events'], verbs: LOOK },
]
