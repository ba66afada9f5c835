import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { binding, LOOK, outsider, role } from '../src/services/templates/parts/access.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { Choice, Different, Fitting, Name, NamespaceName, PartOf, Subject } from '../src/services/templates/schemas.ts'

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']
const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'

export default defineTemplate({
  name: 'role',
  title: 'Role with its binding',
  description: 'Rights within one namespace, and who has them. Everything is named: there are no wildcards here.',
  kinds: ['Role', 'RoleBinding'],
  tags: ['rbac', 'permissions', 'forbidden', 'access'],
  parameters: Type.Object({
    name: Name('reader'),
    namespace: NamespaceName('Namespace of the objects: the binding has to name that of the account.', {
      default: 'default',
    }),
    partOf: PartOf,
    group: Fitting(
      `core|${LABEL}(?:\\.${LABEL}){0,5}`,
      'core, or an API group such as apps or networking.k8s.io',
      'API group of the resources.',
      { default: 'core' },
    ),
    resources: Different(
      Fitting('[a-z][a-z0-9]{0,62}(?:/[a-z]{1,30})?', 'a resource such as pods or pods/log', 'One resource.'),
      30,
      'Resources, in the plural.',
      ['pods', 'pods/log', 'configmaps'],
    ),
    verbs: Different(
      Fitting(VERBS.join('|'), `one of ${VERBS.join(', ')}`, 'One verb.'),
      VERBS.length,
      'What may be done with them.',
      [...LOOK],
    ),
    subjectKind: Choice(['ServiceAccount', 'Group', 'User'], 'ServiceAccount', 'What kind of subject gets the rights.'),
    subject: Subject('reader', 'Who gets the rights.'),
  }),
  check: ({ resources, verbs, subjectKind, subject }) => {
    if (resources.length === 0 || verbs.length === 0) return 'resources and verbs must have at least one entry each'
    return subjectKind !== 'ServiceAccount' || ACCOUNT.test(subject)
      ? undefined
      : 'subject must be the name of a ServiceAccount: lower-case letters, digits and dashes'
  },
  objects: (values) => {
    const { name, group, resources, verbs, subjectKind, subject, namespace } = values
    const rule = { apiGroups: [group === 'core' ? '' : group], resources, verbs }
    const who =
      subjectKind === 'ServiceAccount'
        ? { kind: subjectKind, name: subject, namespace }
        : outsider(subjectKind, subject)
    return [
      role('Role', metadata(values), [rule]),
      binding('RoleBinding', metadata(values), { role: { kind: 'Role', name }, subject: who }),
    ]
  },
})

const ACCOUNT = new RegExp(`^${LABEL}$`)
