import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { PLACEHOLDER, secret, secretParameters } from '../src/services/templates/parts/secret.ts'

export default defineTemplate({
  name: 'secret-tls',
  title: 'Secret for TLS',
  description: 'A certificate with its key for an Ingress or a server, with placeholders for both.',
  kinds: ['Secret'],
  tags: ['certificate', 'https', 'tls', 'key'],
  parameters: Type.Object(secretParameters('web-tls')),
  objects: (values) => [
    secret(values, 'kubernetes.io/tls', {
      'tls.crt': `${PLACEHOLDER}: certificate in PEM, then those that lead to the root`,
      'tls.key': `${PLACEHOLDER}: its key in PEM`,
    }),
  ],
})
