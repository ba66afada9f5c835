import type { KubeObject } from '../../kubernetes/types.ts'
import { plural } from '../describe/words.ts'
import type { Facts } from './facts.ts'

// What people ask about, in the order they think of it; the rest only helps to judge these.
const TOLD = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Pod',
  'Service',
  'Ingress',
  'PersistentVolumeClaim',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Node',
]

/** `In order: 3 Deployments, 12 Pods.`: what was looked at of a scope and is in no trouble, counted by kind. */
export function healthyLine(objects: readonly KubeObject[], troubled: ReadonlySet<KubeObject>, facts: Facts): string {
  const inOrder = objects.filter((each) => !troubled.has(each) && isOwn(each, facts))
  const counts = Map.groupBy(inOrder, ({ kind }) => kind)
  const told = TOLD.flatMap((kind) => {
    const count = counts.get(kind)?.length ?? 0
    return count === 0 ? [] : [kind === 'Ingress' && count > 1 ? `${count} Ingresses` : plural(count, kind)]
  })
  return told.length === 0 ? 'Nothing else is there.' : `In order: ${told.join(', ')}.`
}

// Of a namespace its nodes are no part; of a cluster they are.
const isOwn = ({ metadata, kind }: KubeObject, { snapshot: { scope } }: Facts): boolean =>
  metadata.namespace !== undefined || scope.of === 'cluster' || (scope.of === 'object' && kind === scope.object.kind)
