import type { KubeObject } from '../../../kubernetes/types.ts'
import { at, type Fields, fieldsAt, isFields, listAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined, labelsText } from '../words.ts'
import { containerSections } from './containers.ts'
import { type Fact, facts, lines, show } from './section.ts'

/** A Pod: where and how it runs, its containers, its volumes. */
export const podSections = ({ object, now }: Snapshot): Section[] => [
  ...lines('Pod', [...facts(object, RUNNING), ...facts(object, PLACEMENT)]),
  ...containerSections(object, now),
  ...volumes(object),
]

/** A pod template, as workloads hold one. */
export function templateSections(template: Fields, now: Date): Section[] {
  if (Object.keys(template).length === 0) return []
  return [
    ...lines('Pod template', [...facts(template, TEMPLATE), ...facts(template, PLACEMENT)]),
    ...containerSections(template, now),
    ...volumes(template),
  ]
}

const RUNNING: readonly Fact<KubeObject>[] = [
  ['Phase', 'status.phase'],
  ['Reason', 'status.reason'],
  ['Message', 'status.message'],
  ['Node', (pod) => joined([textAt(pod, 'spec.nodeName'), textAt(pod, 'status.hostIP')], '/')],
  ['Nominated node', 'status.nominatedNodeName'],
  ['Started', 'status.startTime'],
  ['IPs', (pod) => listAt(pod, 'status.podIPs').map((each) => each['ip'])],
  ['QoS class', 'status.qosClass'],
]

const TEMPLATE: readonly Fact[] = [
  ['Labels', (template) => labelsText(fieldsAt(template, 'metadata.labels'))],
  ['Annotations', 'metadata.annotations'],
]

const PLACEMENT: readonly Fact[] = [
  ['Service account', 'spec.serviceAccountName'],
  ['Priority', (pod) => joined([show(at(pod, 'spec.priority')), textAt(pod, 'spec.priorityClassName')], ' ')],
  ['Runtime class', 'spec.runtimeClassName'],
  ['Scheduler', (pod) => other(at(pod, 'spec.schedulerName'), 'default-scheduler')],
  ['Restart policy', (pod) => other(at(pod, 'spec.restartPolicy'), 'Always')],
  ['Host network', 'spec.hostNetwork'],
  ['Image pull secrets', (pod) => listAt(pod, 'spec.imagePullSecrets').map((each) => each['name'])],
  ['Scheduling gates', (pod) => listAt(pod, 'spec.schedulingGates').map((each) => each['name'])],
  ['Readiness gates', (pod) => listAt(pod, 'spec.readinessGates').map((each) => each['conditionType'])],
  ['Node selector', (pod) => labelsText(fieldsAt(pod, 'spec.nodeSelector'))],
  ['Affinity', 'spec.affinity'],
  ['Topology spread', 'spec.topologySpreadConstraints'],
  ['Tolerations', (pod) => listAt(pod, 'spec.tolerations').map(toleration)],
  ['Security', 'spec.securityContext'],
  ['Grace period', (pod) => seconds(at(pod, 'spec.terminationGracePeriodSeconds'))],
]

/** A value where it is not the usual one. */
const other = (value: unknown, usual: string): unknown => (value === usual ? undefined : value)

const seconds = (value: unknown): string => (value === undefined ? '' : `${show(value)}s`)

/** A toleration as kubectl writes it: `key=value:Effect op=Exists for 300s`. */
function toleration(each: Fields): string {
  const key = joined([show(each['key']), show(each['value'])], '=')
  const what = joined([key === '' ? 'everything' : key, show(each['effect'])], ':')
  const operator = each['operator'] === 'Exists' ? ' op=Exists' : ''
  const time = each['tolerationSeconds'] === undefined ? '' : ` for ${show(each['tolerationSeconds'])}s`
  return `${what}${operator}${time}`
}

/** The volumes of a Pod or template: `name: type (source)`. */
const volumes = (pod: unknown): Section[] => lines('Volumes', listAt(pod, 'spec.volumes').map(volume))

function volume(each: Fields): string {
  const [type, source] = Object.entries(each).find(([field]) => field !== 'name') ?? ['emptyDir', {}]
  const told = type === 'projected' ? projected(source) : show(source)
  return `${textAt(each, 'name') ?? ''}: ${joined([type, told === '' ? '' : `(${told})`], ' ')}`
}

// A projected volume (every service account token is one) is told by what it joins.
const projected = (source: unknown): string =>
  joined(
    listAt(source, 'sources').flatMap((each) =>
      Object.entries(each).map(([type, of]) => joined([type, isFields(of) ? textAt(of, 'name') : undefined], ' ')),
    ),
  )
