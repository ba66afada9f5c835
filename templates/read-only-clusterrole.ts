import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { binding, LOOK, outsider, role } from '../src/services/templates/parts/access.ts'
import { labels } from '../src/services/templates/parts/meta.ts'
import { Choice, Flag, Name, Subject } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'read-only-clusterrole',
  title: 'Read-only access to the whole cluster',
  description: 'Everything but Secrets may be read, nothing changed: for people on call, dashboards and agents.',
  kinds: ['ClusterRole', 'ClusterRoleBinding'],
  tags: ['rbac', 'viewer', 'audit', 'agent', 'access'],
  parameters: Type.Object({
    name: Name('read-only'),
    subjectKind: Choice(['Group', 'User'], 'Group', 'What kind of subject gets the rights.'),
    subject: Subject('on-call', 'Who gets the rights, as whoever authenticates them names them.'),
    logs: Flag('Logs of containers may be read too.', true),
  }),
  objects: (values) => {
    const metadata = { name: values.name, labels: labels(values) }
    return [
      role('ClusterRole', metadata, rules(values.logs)),
      binding('ClusterRoleBinding', metadata, {
        role: { kind: 'ClusterRole', name: values.name },
        subject: outsider(values.subjectKind, values.subject),
      }),
    ]
  },
})

const rules = (logs: boolean) => [
  why(
    { apiGroups: [''], resources: logs ? [...CORE, 'pods/log'] : CORE, verbs: LOOK },
    { resources: 'Each by name, since * would be Secrets too: who lists those can read them.' },
  ),
  { apiGroups: GROUPS, resources: ['*'], verbs: LOOK },
]

const CORE = [
  'configmaps',
  'endpoints',
  'events',
  'limitranges',
  'namespaces',
  'nodes',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'podtemplates',
  'replicationcontrollers',
  'resourcequotas',
  'serviceaccounts',
  'services',
]
const GROUPS = [
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'gateway.networking.k8s.io',
  'metrics.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]
