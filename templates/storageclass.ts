import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { labels, present } from '../src/services/templates/parts/meta.ts'
import { Choice, Fitting, Flag, Name, record, Settings } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'

export default defineTemplate({
  name: 'storageclass',
  title: 'Storage class',
  description: 'A kind of storage that claims can ask for, made by a CSI driver.',
  kinds: ['StorageClass'],
  tags: ['storage', 'csi', 'provisioner', 'volume'],
  parameters: Type.Object({
    name: Name('standard'),
    provisioner: Fitting(
      `${LABEL}(?:\\.${LABEL}){1,5}`,
      'the name of a CSI driver such as ebs.csi.aws.com',
      'CSI driver that makes the volumes.',
      { default: 'csi.example.com' },
    ),
    settings: Settings('Settings of the driver.'),
    reclaimPolicy: Choice(['Retain', 'Delete'], 'Retain', 'What becomes of a volume whose claim is deleted.'),
    binding: Choice(
      ['WaitForFirstConsumer', 'Immediate'],
      'WaitForFirstConsumer',
      'When a volume is made: with the first Pod, or at once.',
    ),
    expandable: Flag('Volumes may grow.', true),
    isDefault: Flag('Is for claims that name no class.'),
  }),
  objects: (values) => {
    const annotations = values.isDefault ? { 'storageclass.kubernetes.io/is-default-class': 'true' } : undefined
    return [
      why(
        {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'StorageClass',
          metadata: { name: values.name, labels: labels(values), ...present({ annotations }) },
          provisioner: values.provisioner,
          ...(values.settings.length === 0 ? {} : { parameters: record(values.settings) }),
          reclaimPolicy: values.reclaimPolicy,
          volumeBindingMode: values.binding,
          allowVolumeExpansion: values.expandable,
        },
        {
          reclaimPolicy: 'Retain keeps the data of a claim that was deleted by mistake; Delete cleans up.',
          volumeBindingMode: 'Waiting for the first Pod makes the volume in the zone where that Pod can run.',
        },
      ),
    ]
  },
})
