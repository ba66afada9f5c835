import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { ingress, ingressParameters } from '../src/services/templates/parts/ingress.ts'
import { webDeployment, webParameters, webService } from '../src/services/templates/parts/web.ts'

export default defineTemplate({
  name: 'web-application',
  title: 'Web application',
  description: 'A Deployment, a Service in front of it and an Ingress with TLS: everything that a web site needs.',
  kinds: ['Deployment', 'Service', 'Ingress'],
  tags: ['web', 'website', 'http', 'frontend', 'tls', 'ingress'],
  parameters: Type.Object({ ...webParameters, ...ingressParameters }),
  objects: (values) => [
    webDeployment(values),
    webService(values),
    ingress(values, { name: values.name, port: { name: 'http' } }),
  ],
})
