import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { allowDns } from '../src/services/templates/parts/network.ts'
import { Name, Namespace, PartOf } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'network-policy-allow-dns',
  title: 'Network policy that allows DNS',
  description: 'Lets every Pod of the namespace ask the DNS of the cluster, where all else is denied.',
  kinds: ['NetworkPolicy'],
  tags: ['network', 'dns', 'egress', 'coredns'],
  parameters: Type.Object({ name: Name('allow-dns'), namespace: Namespace, partOf: PartOf }),
  objects: (values) => [allowDns(metadata(values))],
})
