import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { autoscalerRules } from '../../src/services/diagnose/rules/autoscalers.ts'
import { budgetRules } from '../../src/services/diagnose/rules/budgets.ts'
import { ago, HOUR, make } from '../describe/build.ts'
import { found, told } from './told.ts'

const NO_API =
  'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)'

const scaler = (...conditions: object[]): KubeObject =>
  make('autoscaling/v2 HorizontalPodAutoscaler', {
    spec: {
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
    },
    status: { conditions },
  })
const condition = (type: string, status: string, reason: string, message: string, since = ago(HOUR)) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: since,
})
const deployment = (resources: object): KubeObject =>
  make('apps/v1 Deployment', { spec: { template: { spec: { containers: [{ name: 'app', resources }] } } } })
const measured = deployment({ requests: { cpu: '100m' } })

test('an autoscaler that scales, is just made, or whose target somebody scaled to zero is silent', async () => {
  const calm = [
    scaler(condition('ScalingActive', 'True', 'ValidMetricFound', '')),
    scaler(condition('ScalingActive', 'False', 'FailedGetResourceMetric', NO_API, ago(30))),
    scaler(
      condition('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count is zero'),
    ),
  ]
  for (const each of calm) assert.deepEqual(await told(autoscalerRules, [each, measured]), [])
})

test('no metrics API, no requests, and both at once are told apart', async () => {
  const blind = scaler(condition('ScalingActive', 'False', 'FailedGetResourceMetric', NO_API))
  const lacking = scaler(
    condition(
      'ScalingActive',
      'False',
      'FailedGetResourceMetric',
      'missing request for cpu in container app of Pod web-1',
    ),
  )
  const says = 'warning autoscaler-no-metrics: HorizontalPodAutoscaler shop/web cannot scale Deployment web: '
  assert.deepEqual(await told(autoscalerRules, [blind, measured]), [`${says}the metrics API is not there`])
  assert.deepEqual(await told(autoscalerRules, [lacking, deployment({})]), [`${says}container app requests no cpu`])
  assert.deepEqual(await told(autoscalerRules, [blind, deployment({})]), [
    `${says}the metrics API is not there, and container app requests no cpu`,
  ])
})

test('an autoscaler without its target, or at its maximum, is told', async () => {
  const gone = scaler(condition('AbleToScale', 'False', 'FailedGetScale', 'deployments.apps "web" not found'))
  const full = scaler(
    condition('ScalingLimited', 'True', 'TooManyReplicas', 'the desired replica count is more than the maximum'),
  )
  assert.deepEqual(await told(autoscalerRules, [gone]), [
    'warning autoscaler-limited: HorizontalPodAutoscaler shop/web scales Deployment web, which does not exist',
  ])
  assert.deepEqual(await told(autoscalerRules, [full, measured]), [
    'warning autoscaler-limited: HorizontalPodAutoscaler shop/web is at its maximum of 5 replicas and would want more for Deployment web',
  ])
})

const budget = (status: object): KubeObject =>
  make('policy/v1 PodDisruptionBudget', {
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
    status,
  })

test('a budget that lets a pod go, or covers none, is silent', async () => {
  assert.deepEqual(
    await told(budgetRules, [budget({ expectedPods: 3, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 })]),
    [],
  )
  assert.deepEqual(await told(budgetRules, [budget({ expectedPods: 0, disruptionsAllowed: 0 })]), [])
})

test('a budget that lets no pod go says by which numbers, and what to change', async () => {
  const full = budget({ expectedPods: 2, disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2 })
  const [finding] = await found(budgetRules, [full])
  assert.equal(
    finding?.cause,
    'PodDisruptionBudget shop/web lets no pod be evicted, so that a drain would wait for ever: minAvailable 2 with 2 of 2 pods healthy, 2 needed',
  )
  assert.match(finding.next[0]?.text ?? '', /^Run one replica more/)
  const broken = budget({ expectedPods: 2, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2 })
  assert.match((await found(budgetRules, [broken]))[0]?.next[0]?.text ?? '', /^Get the pods healthy/)
})

const quota = (used: string): KubeObject =>
  make('v1 ResourceQuota', { status: { hard: { pods: '2', secrets: '0' }, used: { pods: used, secrets: '0' } } })

test('a quota with room is silent, and a used up one is worth a word', async () => {
  assert.deepEqual(await told(budgetRules, [quota('1')]), [])
  assert.deepEqual(await told(budgetRules, [quota('2')]), [
    'info quota-exceeded: ResourceQuota shop/web is used up (pods 2 of 2): what asks for more is refused',
  ])
})
