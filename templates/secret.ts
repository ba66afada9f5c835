import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { PLACEHOLDER, secret, secretParameters } from '../src/services/templates/parts/secret.ts'
import { DataKeys } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'secret',
  title: 'Secret',
  description: 'Passwords and keys for Pods. It has placeholders only: no template takes a secret.',
  kinds: ['Secret'],
  tags: ['password', 'credentials', 'Opaque', 'token'],
  parameters: Type.Object({
    ...secretParameters('credentials'),
    keys: DataKeys('Keys, each with a placeholder.', ['username', 'password']),
  }),
  objects: (values) => [secret(values, 'Opaque', Object.fromEntries(values.keys.map((key) => [key, PLACEHOLDER])))],
})
