import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { Choice, Count, Name, Namespace, ObjectName, PartOf } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'hpa',
  title: 'Horizontal autoscaler',
  description: 'More Pods under load and fewer without. Its target must not set replicas, and its Pods need requests.',
  kinds: ['HorizontalPodAutoscaler'],
  tags: ['autoscaling', 'scale', 'cpu', 'memory', 'load'],
  parameters: Type.Object({
    name: Name('web'),
    namespace: Namespace,
    partOf: PartOf,
    kind: Choice(['Deployment', 'StatefulSet'], 'Deployment', 'Kind of what is scaled.'),
    target: ObjectName('Name of what is scaled.', { default: 'web' }),
    minReplicas: Count(2, 1, 1000, 'Fewest Pods.'),
    maxReplicas: Count(10, 1, 1000, 'Most Pods.'),
    cpu: Count(70, 1, 1000, 'Percent of the requested CPU that Pods use on average.'),
    memory: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: 'The same for memory. Left out: it does not count.' }),
    ),
  }),
  check: ({ minReplicas, maxReplicas }) =>
    minReplicas <= maxReplicas ? undefined : 'minReplicas must not be more than maxReplicas',
  objects: (values) => [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadata(values),
      spec: why(
        {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: values.kind, name: values.target },
          minReplicas: values.minReplicas,
          maxReplicas: values.maxReplicas,
          metrics: [usage('cpu', values.cpu), ...(values.memory === undefined ? [] : [usage('memory', values.memory)])],
          behavior: why(
            {
              scaleUp: { stabilizationWindowSeconds: 0 },
              scaleDown: {
                stabilizationWindowSeconds: 300,
                policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
              },
            },
            { scaleDown: 'Slow: the next wave of load may be near.' },
          ),
        },
        { metrics: 'Percent of what the Pods request: without requests there is nothing to compare with.' },
      ),
    },
  ],
})

const usage = (name: string, averageUtilization: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
})
