import type { KubeObject } from '../../../kubernetes/types.ts'
import { at, type Fields, fieldsAt, isFields, listAt, scalarAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import { ofKind, type Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'
import { type Fact, facts, lines, selectorText, show, table } from './section.ts'

const AUTOSCALER: readonly Fact<KubeObject>[] = [
  ['Target', (it) => joined([textAt(it, 'spec.scaleTargetRef.kind'), textAt(it, 'spec.scaleTargetRef.name')], '/')],
  [
    'Replicas',
    (it) => `${show(at(it, 'status.currentReplicas') ?? 0)} now, ${show(at(it, 'status.desiredReplicas') ?? 0)} wanted`,
  ],
  ['Bounds', (it) => `${show(at(it, 'spec.minReplicas') ?? 1)} to ${show(at(it, 'spec.maxReplicas'))}`],
  ['Last scaled', 'status.lastScaleTime'],
  ['Behavior', 'spec.behavior'],
]

/** A HorizontalPodAutoscaler: its target, bounds, and each metric beside what it should be. */
export const autoscalerSections = ({ object }: Snapshot): Section[] => [
  ...lines('Autoscaler', facts(object, AUTOSCALER)),
  ...table(
    'Metrics',
    ['metric', 'current', 'target'],
    listAt(object, 'spec.metrics').map((each, index) => metric(each, listAt(object, 'status.currentMetrics')[index])),
  ),
]

/** A metric of the autoscaler (API autoscaling/v2): its source is the field named like its type. */
function metric(wanted: Fields, current: Fields | undefined): unknown[] {
  const source = sourceOf(wanted)
  const name = textAt(source, 'name') ?? textAt(source, 'metric.name') ?? textAt(wanted, 'type')
  return [
    joined([name, textAt(source, 'container')], ' of container '),
    metricValue(at(sourceOf(current), 'current')) || '<unknown>',
    metricValue(at(source, 'target')),
  ]
}

const sourceOf = (each: Fields | undefined): Fields => Object.values(each ?? {}).find(isFields) ?? {}

function metricValue(value: unknown): string {
  const percent = scalarAt(value, 'averageUtilization')
  return percent === undefined ? (scalarAt(value, 'averageValue') ?? scalarAt(value, 'value') ?? '') : `${percent}%`
}

/** What an autoscaler measures, in one line: `cpu 12%/50%`. */
export const metricsText = (object: KubeObject): string =>
  joined(
    listAt(object, 'spec.metrics').map((each, index) => {
      const [name, now, target] = metric(each, listAt(object, 'status.currentMetrics')[index])
      return `${show(name)} ${show(now)}/${show(target)}`
    }),
  )

const BUDGET: readonly Fact<KubeObject>[] = [
  ['Min available', 'spec.minAvailable'],
  ['Max unavailable', 'spec.maxUnavailable'],
  ['Selector', (it) => selectorText(at(it, 'spec.selector'))],
  ['Disruptions allowed', 'status.disruptionsAllowed'],
  [
    'Pods',
    (it) =>
      `${show(at(it, 'status.currentHealthy'))} healthy, ${show(at(it, 'status.desiredHealthy'))} needed, ${show(at(it, 'status.expectedPods'))} in all`,
  ],
  ['Unhealthy pods may be evicted', 'spec.unhealthyPodEvictionPolicy'],
  ['Being evicted', 'status.disruptedPods'],
]

/** A PodDisruptionBudget. */
export const budgetSections = ({ object }: Snapshot): Section[] => lines('Budget', facts(object, BUDGET))

const quotaRows = (quota: KubeObject): unknown[][] => {
  const used = fieldsAt(quota, 'status.used')
  return Object.entries(fieldsAt(quota, 'status.hard')).map(([name, hard]) => [name, used[name] ?? '0', hard])
}

/** A ResourceQuota: what is used of what. */
export const quotaSections = ({ object }: Snapshot): Section[] => [
  ...lines(
    'Quota',
    facts(object, [
      ['Scopes', 'spec.scopes'],
      ['Scope selector', 'spec.scopeSelector'],
    ]),
  ),
  ...table('Resources', ['resource', 'used', 'hard'], quotaRows(object)),
]

const limitRows = (range: KubeObject): unknown[][] =>
  listAt(range, 'spec.limits').flatMap((limit) => {
    const fields = LIMITS.map((field) => fieldsAt(limit, field))
    const names = [...new Set(fields.flatMap((each) => Object.keys(each)))]
    return names.map((name) => [limit['type'], name, ...fields.map((each) => each[name])])
  })

const LIMITS = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio']

/** A LimitRange: bounds and defaults of each resource. */
export const limitRangeSections = ({ object }: Pick<Snapshot, 'object'>): Section[] =>
  table(
    'Limits',
    ['type', 'resource', 'min', 'max', 'default request', 'default limit', 'most limit per request'],
    limitRows(object),
  )

/** A Namespace: what is left of its quotas, and its limit ranges. */
export const namespaceSections = ({ object, related }: Snapshot): Section[] => [
  ...lines('Namespace', facts(object, [['Phase', 'status.phase']])),
  ...ofKind(related, 'ResourceQuota').flatMap((quota) =>
    table(`Quota ${quota.metadata.name}`, ['resource', 'used', 'hard'], quotaRows(quota)),
  ),
  ...ofKind(related, 'LimitRange').flatMap((range) =>
    limitRangeSections({ object: range }).map((each) => ({ ...each, title: `Limits ${range.metadata.name}` })),
  ),
]
