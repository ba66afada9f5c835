import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import {
  Count,
  HostName,
  Name,
  Namespace,
  ObjectName,
  PartOf,
  ServiceName,
  PathPrefix,
} from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'gateway-httproute',
  title: 'Gateway with an HTTPRoute',
  description:
    'HTTPS from outside by the Gateway API, which has to be installed in the cluster with a controller for it.',
  kinds: ['Gateway', 'HTTPRoute'],
  tags: ['network', 'gateway api', 'https', 'tls', 'route'],
  parameters: Type.Object({
    name: Name('web'),
    namespace: Namespace,
    partOf: PartOf,
    gatewayClass: ObjectName('GatewayClass of the controller.', { default: 'example' }),
    host: HostName('Host name that it answers.', 'www.example.com'),
    path: PathPrefix('/', 'Path below which it answers.'),
    tlsSecret: ObjectName('Secret with the certificate, of type kubernetes.io/tls.', { default: 'web-tls' }),
    service: ServiceName('Service behind it.', { default: 'web' }),
    servicePort: Count(80, 1, 65_535, 'Port of that Service.'),
  }),
  objects: (values) => [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: metadata(values, 'gateway'),
      spec: { gatewayClassName: values.gatewayClass, listeners: [listener(values.host, values.tlsSecret)] },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: metadata(values, 'server'),
      spec: {
        parentRefs: [{ name: values.name, sectionName: 'https' }],
        hostnames: [values.host],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: values.path } }],
            backendRefs: [{ name: values.service, port: values.servicePort }],
          },
        ],
      },
    },
  ],
})

const listener = (hostname: string, secret: string) =>
  why(
    {
      name: 'https',
      hostname,
      port: 443,
      protocol: 'HTTPS',
      tls: { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: secret }] },
      allowedRoutes: { namespaces: { from: 'Same' } },
    },
    { allowedRoutes: 'Routes of other namespaces could take this host away.' },
  )
