import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { PLACEHOLDER, secret, secretParameters } from '../src/services/templates/parts/secret.ts'
import { HostName } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'secret-registry',
  title: 'Secret for a registry',
  description: 'Credentials for pulling images (imagePullSecrets), with placeholders for user and password.',
  kinds: ['Secret'],
  tags: ['imagePullSecrets', 'registry', 'docker', 'credentials', 'ImagePullBackOff'],
  parameters: Type.Object({
    ...secretParameters('registry'),
    registry: HostName('Host name of the registry.', 'registry.example.com'),
  }),
  objects: (values) => {
    const auths = { [values.registry]: { username: PLACEHOLDER, password: PLACEHOLDER } }
    return [secret(values, 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': JSON.stringify({ auths }) })]
  },
})
