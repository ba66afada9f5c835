import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { selector } from '../src/services/templates/parts/meta.ts'
import { webDeployment, webParameters } from '../src/services/templates/parts/web.ts'
import { Choice, Count } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'topology-spread',
  title: 'Deployment spread over zones and nodes',
  description: 'A Deployment whose Pods are kept apart, so that the loss of a zone or a node takes only some of them.',
  kinds: ['Deployment'],
  tags: ['high availability', 'zones', 'topologySpreadConstraints', 'anti-affinity', 'scheduling'],
  parameters: Type.Object({
    ...webParameters,
    replicas: Count(3, 0, 1000, 'Pods that run at once.'),
    maxSkew: Count(1, 1, 100, 'By how many Pods zones may differ.'),
    zones: Choice(
      ['ScheduleAnyway', 'DoNotSchedule'],
      'ScheduleAnyway',
      'Whether a Pod that would make zones too different is placed all the same, or waits.',
    ),
  }),
  objects: (values) => {
    const spread = (topologyKey: string, maxSkew: number, whenUnsatisfiable: string) =>
      why(
        { maxSkew, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: selector(values) }, ...rollout() },
        { matchLabelKeys: 'Counts each rollout by itself: old Pods about to go would bend the new ones.' },
      )
    const topologySpreadConstraints = [
      spread('topology.kubernetes.io/zone', values.maxSkew, values.zones),
      spread('kubernetes.io/hostname', 1, 'ScheduleAnyway'),
    ]
    return [webDeployment(values, { topologySpreadConstraints })]
  },
})

const rollout = () => ({ matchLabelKeys: ['pod-template-hash'], nodeTaintsPolicy: 'Honor' })
