import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata, present, selector } from '../src/services/templates/parts/meta.ts'
import {
  container,
  httpParameters,
  httpPort,
  httpProbes,
  podParameters,
  podSpec,
  podTemplate,
} from '../src/services/templates/parts/pod.ts'
import { Count, Flag, ObjectName } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'daemonset',
  title: 'DaemonSet',
  description: 'One Pod on every node: agents that collect metrics or logs. Without access to the files of the node.',
  kinds: ['DaemonSet'],
  tags: ['agent', 'node', 'monitoring', 'exporter'],
  parameters: Type.Object({
    ...podParameters('node-agent', 'quay.io/prometheus/node-exporter:v1.8.2'),
    ...httpParameters,
    port: Count(9100, 1, 65_535, 'Port that the container listens on.'),
    controlPlane: Flag('Runs on the nodes of the control plane as well.'),
    priorityClass: Type.Optional(ObjectName('PriorityClass of its Pods.')),
    maxUnavailable: Count(10, 1, 100, 'Percent of the nodes that are updated at once.'),
  }),
  objects: (values) => {
    const agent = container(values, {
      name: 'agent',
      ports: httpPort(values.port),
      probes: httpProbes(values.healthPath),
    })
    const more = present({
      priorityClassName: values.priorityClass,
      tolerations: values.controlPlane ? [CONTROL_PLANE] : undefined,
    })
    return [
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: metadata(values, 'agent'),
        spec: why(
          {
            selector: { matchLabels: selector(values) },
            updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: `${values.maxUnavailable}%` } },
            template: podTemplate(values, 'agent', podSpec(values, { containers: [agent], more })),
          },
          { updateStrategy: 'A share, not a number: one node at a time takes a day in a large cluster.' },
        ),
      },
    ]
  },
})

const CONTROL_PLANE = { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }
