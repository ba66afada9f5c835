import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { allowDns, allowFrom, allowWithin, denyAll, podsOfNamespace } from '../src/services/templates/parts/network.ts'
import { Different, Name, Namespace, NamespaceName, PartOf } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'network-policy',
  title: 'Network policies of a namespace',
  description:
    'Closes a namespace, then opens what nearly all need: DNS, talk among its own Pods, and callers you name.',
  kinds: ['NetworkPolicy'],
  tags: ['network', 'isolation', 'firewall', 'deny', 'dns', 'security'],
  parameters: Type.Object({
    name: Name('default', 'Begin of the names of the policies.'),
    namespace: Namespace,
    partOf: PartOf,
    fromNamespaces: Different(NamespaceName('One namespace.'), 20, 'Namespaces whose Pods may connect.', [
      'ingress-nginx',
    ]),
  }),
  objects: (values) => {
    const named = (suffix: string) => metadata(values, undefined, `${values.name}-${suffix}`)
    return [
      denyAll(named('deny-all')),
      allowDns(named('allow-dns')),
      allowWithin(named('allow-own')),
      ...values.fromNamespaces.map((each, index) =>
        allowFrom(named(`allow-from-${index + 1}`), { to: {}, from: podsOfNamespace(each), port: 0 }),
      ),
    ]
  },
})
