import { isRecord, type KubernetesObject } from './client.ts'
import { apiVersionOf } from './resources.ts'
import type { RecordedEvent, RecordedObject } from './troubles.ts'

// The scheduler's events carry no time in the recording; they were written when the pod's condition changed.
function scheduledAt({ status }: RecordedObject): string {
  const conditions = Array.isArray(status?.['conditions']) ? status['conditions'] : []
  const scheduled: unknown = conditions.find((each: unknown) => isRecord(each) && each['type'] === 'PodScheduled')
  const moment = isRecord(scheduled) ? scheduled['lastTransitionTime'] : undefined
  return typeof moment === 'string' ? moment : new Date().toISOString()
}

// Old events have a count, times and a source; those of events.k8s.io an event time, an action and a reporter.
function details(event: RecordedEvent, recorded: RecordedObject): object {
  const { count, firstTimestamp, lastTimestamp, from } = event
  if (count !== null) return { count, firstTimestamp, lastTimestamp, source: { component: from } }
  const action = event.reason === 'Scheduled' ? 'Binding' : 'Scheduling'
  const eventTime = scheduledAt(recorded).replace(/(?:\.\d+)?Z$/, '.000000Z')
  return { eventTime, action, reportingComponent: from, reportingInstance: `${from}-0` }
}

/** The Events (v1) to create for a recorded object that is in the cluster as `object`. */
export function eventsOf(recorded: RecordedObject, { metadata }: KubernetesObject): readonly object[] {
  const { kind, namespace, name, events = [] } = recorded
  const { uid, resourceVersion } = metadata
  const involvedObject = { apiVersion: apiVersionOf(kind), kind, namespace, name, uid, resourceVersion }
  return events.map((event, index) => ({
    metadata: { name: `${name}.${index.toString(16).padStart(16, '0')}` },
    involvedObject,
    type: event.type,
    reason: event.reason,
    message: event.message,
    ...details(event, recorded),
  }))
}
