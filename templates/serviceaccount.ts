import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { serviceAccount } from '../src/services/templates/parts/access.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { Different, Name, Namespace, ObjectName, PartOf } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'serviceaccount',
  title: 'ServiceAccount',
  description: 'An identity for Pods, without rights until a role is bound to it.',
  kinds: ['ServiceAccount'],
  tags: ['identity', 'rbac', 'imagePullSecrets'],
  parameters: Type.Object({
    name: Name('web'),
    namespace: Namespace,
    partOf: PartOf,
    imagePullSecrets: Different(ObjectName('One Secret.'), 10, 'Secrets with which its Pods pull images.'),
  }),
  objects: (values) => {
    const secrets = values.imagePullSecrets.map((name) => ({ name }))
    const more = secrets.length === 0 ? {} : { imagePullSecrets: secrets }
    return [
      why(serviceAccount(metadata(values), more), {
        automountServiceAccountToken: 'A Pod that talks to the API asks for the token itself.',
      }),
    ]
  },
})
