import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata, present } from '../src/services/templates/parts/meta.ts'
import { Choice, Name, Namespace, ObjectName, PartOf, Storage } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'pvc',
  title: 'Claim of storage',
  description: 'Storage that outlives Pods.',
  kinds: ['PersistentVolumeClaim'],
  tags: ['storage', 'volume', 'disk', 'persistent'],
  parameters: Type.Object({
    name: Name('data'),
    namespace: Namespace,
    partOf: PartOf,
    size: Storage('10Gi', 'How much storage.'),
    accessMode: Choice(
      ['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany', 'ReadOnlyMany'],
      'ReadWriteOnce',
      'Who may use it at once: the Pods of one node, one Pod, all to write, all to read.',
    ),
    storageClass: Type.Optional(ObjectName("Storage class. Left out: the cluster's default one.")),
  }),
  objects: (values) => [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: metadata(values),
      spec: why(
        {
          accessModes: [values.accessMode],
          ...present({ storageClassName: values.storageClass }),
          resources: { requests: { storage: values.size } },
        },
        { resources: 'It can grow later where its class allows that, and never shrink.' },
      ),
    },
  ],
})
