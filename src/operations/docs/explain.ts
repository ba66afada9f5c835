import Type from 'typebox'
import { OneOf, UNLISTED } from '../../schema.ts'
import { Explained } from '../../services/docs/reference/schema.ts'
import { defineRead } from '../define.ts'
import { ContextName } from '../schemas.ts'
import { explainText } from './explain-text.ts'
import { clusterFor } from './reference-cluster.ts'

export const ReferenceVersion = Type.String({
  pattern: '^v?[0-9]{1,3}\\.[0-9]{1,3}(\\.[0-9]{1,3})?$',
  description: 'Of this Kubernetes version, such as 1.34.',
  ...UNLISTED,
})

export const explain = defineRead({
  name: 'infra.k8s.docs.explain',
  title: 'Explain a kind or field',
  description: 'As kubectl explain: type, meaning, required, allowed values, default, fields. Custom resources too.',
  input: Type.Object({
    kind: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9.\\-_/\\[\\]*\'"]{0,511}$',
      description: 'Such as deploy, pods.v1.',
    }),
    path: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'Such as spec.strategy.' })),
    recursive: Type.Optional(Type.Boolean({ default: false, description: 'All fields below.' })),
    version: Type.Optional(ReferenceVersion),
    context: Type.Optional(ContextName),
    texts: Type.Optional(OneOf(['short', 'full'], 'Descriptions of fields: first sentence, or whole.', UNLISTED)),
  }),
  output: Explained,
  public: true,
  ownText: true,
  untrusted: true,
  ofCluster: ({ source }) => source.from !== 'built-in',
  handle: ({ context, ...question }, services) =>
    services.reference.explain({ ...question, insist: context !== undefined }, clusterFor(services, context)),
  text: explainText,
})
