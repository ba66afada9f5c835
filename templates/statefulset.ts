import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata, present, selector } from '../src/services/templates/parts/meta.ts'
import { container, podParameters, podSpec, podTemplate, tcpProbes } from '../src/services/templates/parts/pod.ts'
import { Count, FilePath, ObjectName, Storage } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

const parameters = {
  ...podParameters('valkey', 'valkey/valkey:8.0.2'),
  replicas: Count(1, 0, 100, 'Pods, each with a name and storage of its own.'),
  port: Count(6379, 1, 65_535, 'Port that the container listens on.'),
  storage: Storage('10Gi', 'Storage of each Pod.'),
  storageClass: Type.Optional(ObjectName("Storage class. Left out: the cluster's default one.")),
  mountPath: FilePath('/data', 'Where the storage is in the container.'),
}

export default defineTemplate({
  name: 'statefulset',
  title: 'StatefulSet with storage',
  description:
    'Pods with stable names and storage of their own, and the headless Service that names them: databases, queues.',
  kinds: ['Service', 'StatefulSet'],
  tags: ['database', 'stateful', 'headless', 'volumeClaimTemplates', 'persistent'],
  parameters: Type.Object(parameters),
  check: ({ mountPath }) => (mountPath === '/tmp' ? 'mountPath must not be /tmp, which is there already' : undefined),
  objects: (values) => {
    const serving = container(values, {
      name: 'app',
      ports: [{ name: 'main', containerPort: values.port }],
      probes: tcpProbes('main'),
      mounts: [{ name: 'data', mountPath: values.mountPath }],
    })
    const spec = podSpec(values, { containers: [serving], fsGroup: values.runAsUser })
    return [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata(values, 'store'),
        spec: why(
          {
            clusterIP: 'None',
            publishNotReadyAddresses: true,
            selector: selector(values),
            ports: [{ name: 'main', port: values.port, targetPort: 'main' }],
          },
          {
            clusterIP: 'Headless: every Pod gets a DNS name of its own.',
            publishNotReadyAddresses: 'Members find each other before any of them is ready.',
          },
        ),
      },
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: metadata(values, 'store'),
        spec: why(
          {
            replicas: values.replicas,
            serviceName: values.name,
            selector: { matchLabels: selector(values) },
            template: podTemplate(values, 'store', spec),
            persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
            volumeClaimTemplates: [claim(values)],
          },
          {
            persistentVolumeClaimRetentionPolicy: 'Data outlives the Pods; nobody loses it by scaling down.',
            volumeClaimTemplates: 'Cannot be changed later: choose the size with care.',
          },
        ),
      },
    ]
  },
})

const claim = ({ storage, storageClass }: { storage: string; storageClass?: string }) => ({
  metadata: { name: 'data' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    ...present({ storageClassName: storageClass }),
    resources: { requests: { storage } },
  },
})
