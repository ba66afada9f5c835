import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata, present } from '../src/services/templates/parts/meta.ts'
import { Data, Flag, Name, Namespace, PartOf, record } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'configmap',
  title: 'ConfigMap',
  description:
    'Settings for Pods, as environment variables or files. Nothing secret: everybody who may look can read it.',
  kinds: ['ConfigMap'],
  tags: ['configuration', 'settings', 'environment', 'file'],
  parameters: Type.Object({
    name: Name('settings'),
    namespace: Namespace,
    partOf: PartOf,
    data: Data('Settings.', ['LOG_LEVEL=info', 'app.properties=color=blue']),
    immutable: Flag('Can never be changed: a new one needs a new name.'),
  }),
  objects: (values) => [
    why(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(values),
        data: record(values.data),
        ...present({ immutable: values.immutable ? true : undefined }),
      },
      { data: 'Files of running Pods follow a change after a while, their environment variables never.' },
    ),
  ],
})
