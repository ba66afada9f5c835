import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { container, podParameters, podSpec, SHELL_IMAGE } from '../src/services/templates/parts/pod.ts'
import { Count, ObjectName } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

const { command: _, args: __, ...parameters } = podParameters('debug', SHELL_IMAGE)

export default defineTemplate({
  name: 'debug-pod',
  title: 'Pod for debugging',
  description: 'A Pod to look around from with execInPod: names, connections, mounted values. It ends by itself.',
  kinds: ['Pod'],
  tags: ['debug', 'shell', 'exec', 'troubleshooting', 'dns', 'network'],
  parameters: Type.Object({
    ...parameters,
    minutes: Count(60, 1, 1440, 'Minutes after which it ends.'),
    serviceAccount: Type.Optional(ObjectName('ServiceAccount that it runs as.')),
  }),
  objects: (values) => {
    const seconds = values.minutes * 60
    const shell = container({ ...values, command: ['sleep', String(seconds)], args: [] }, { name: 'debug' })
    const ends = why(
      { activeDeadlineSeconds: seconds, terminationGracePeriodSeconds: 1 },
      { activeDeadlineSeconds: 'Nobody has to remember to delete it. It serves nothing, so it has no probes.' },
    )
    const account = values.serviceAccount === undefined ? {} : { serviceAccountName: values.serviceAccount }
    return [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: metadata(values, 'debug'),
        spec: podSpec(values, { containers: [shell], restartPolicy: 'Never', ...account, more: ends }),
      },
    ]
  },
})
