import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata, selector } from '../src/services/templates/parts/meta.ts'
import { Fitting, Name, Namespace, PartOf } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'pdb',
  title: 'Disruption budget',
  description: 'How many Pods of an application drains and upgrades may take away at once.',
  kinds: ['PodDisruptionBudget'],
  tags: ['availability', 'drain', 'eviction', 'upgrade'],
  parameters: Type.Object({
    name: Name(
      'web',
      'Name of the budget, and of the application whose Pods it is for (label app.kubernetes.io/name).',
    ),
    namespace: Namespace,
    partOf: PartOf,
    maxUnavailable: Fitting(
      '[1-9][0-9]{0,3}|(?:100|[1-9][0-9]?)%',
      'a number of Pods from 1 to 9999, or a share from 1% to 100%',
      'Pods that may be away at once. With 0 no node could ever be drained.',
      { default: '1' },
    ),
  }),
  objects: (values) => [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadata(values),
      spec: why(
        {
          maxUnavailable: numberOrShare(values.maxUnavailable),
          selector: { matchLabels: selector(values) },
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
        },
        {
          maxUnavailable: 'Not minAvailable: that blocks every drain once the application is scaled down to it.',
          unhealthyPodEvictionPolicy: 'A Pod that does not work anyway must not hold up a drain.',
        },
      ),
    },
  ],
})

const numberOrShare = (text: string) => (text.endsWith('%') ? text : Number(text))
