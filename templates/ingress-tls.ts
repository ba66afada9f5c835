import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { ingress, ingressParameters } from '../src/services/templates/parts/ingress.ts'
import { Count, Name, Namespace, PartOf, ServiceName } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'ingress-tls',
  title: 'Ingress with TLS',
  description: 'HTTPS from outside for a Service that is there already.',
  kinds: ['Ingress'],
  tags: ['network', 'https', 'tls', 'certificate', 'cert-manager', 'host'],
  parameters: Type.Object({
    name: Name('web'),
    namespace: Namespace,
    partOf: PartOf,
    ...ingressParameters,
    service: ServiceName('Service behind it.', { default: 'web' }),
    servicePort: Count(80, 1, 65_535, 'Port of that Service.'),
  }),
  objects: (values) => [ingress(values, { name: values.service, port: { number: values.servicePort } })],
})
