import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { allowFrom, podsOfNamespace } from '../src/services/templates/parts/network.ts'
import { Count, Fitting, Name, Namespace, NamespaceName, PartOf } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'network-policy-allow-from-namespace',
  title: 'Network policy that lets a namespace in',
  description: 'Lets the Pods of another namespace connect to an application, where all else is denied.',
  kinds: ['NetworkPolicy'],
  tags: ['network', 'ingress', 'namespaceSelector', 'isolation'],
  parameters: Type.Object({
    name: Name('allow-from-namespace'),
    namespace: Namespace,
    partOf: PartOf,
    from: NamespaceName('Namespace whose Pods may connect.', { default: 'ingress-nginx' }),
    application: Type.Optional(
      Fitting(
        '[a-z](?:[-a-z0-9]{0,50}[a-z0-9])?',
        'lower-case letters, digits and dashes, at most 52',
        'Application they may connect to, by the label app.kubernetes.io/name. Left out: all.',
      ),
    ),
    port: Count(8080, 0, 65_535, 'Port of the Pods; 0: any.'),
  }),
  objects: (values) => {
    const to = values.application === undefined ? {} : { 'app.kubernetes.io/name': values.application }
    return [allowFrom(metadata(values), { to, from: podsOfNamespace(values.from), port: values.port })]
  },
})
