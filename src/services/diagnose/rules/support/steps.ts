import type { KubeObject } from '../../../../kubernetes/types.ts'
import type { NextStep } from '../../finding.ts'

const place = ({ metadata: { namespace, name } }: KubeObject) => ({
  ...(namespace === undefined ? {} : { namespace }),
  name,
})

/** Advice that no operation carries out. */
export const advice = (text: string): NextStep => ({ text })

/** Reads one object; `fields` picks paths of it. */
export const getStep = (text: string, object: KubeObject, fields?: string): NextStep => ({
  text,
  operation: 'infra.k8s.resources.getResource',
  arguments: { kind: object.kind, ...place(object), ...(fields === undefined ? {} : { fields }) },
})

/** Reads everything known about one object. */
export const describeStep = (text: string, object: KubeObject): NextStep => ({
  text,
  operation: 'infra.k8s.resources.describeResource',
  arguments: { kind: object.kind, ...place(object) },
})

/** Where nothing is ready behind a Service. */
export const unansweredStep = (service: KubeObject): NextStep =>
  describeStep('See why nobody answers for the Service.', service)

/** Lists objects of a kind. */
export const listStep = (text: string, kind: string, namespace?: string): NextStep => ({
  text,
  operation: 'infra.k8s.resources.listResources',
  arguments: { kind, ...(namespace === undefined ? {} : { namespace }) },
})

/** Reads the log of a container; `previous`: of the run before. */
export const logsStep = (pod: KubeObject, container: string, previous: boolean): NextStep => ({
  text: `Read the log of container ${container}${previous ? ' before its last restart' : ''}.`,
  operation: 'infra.k8s.pods.getPodLogs',
  arguments: { ...place(pod), container, ...(previous ? { previous } : {}) },
})

/** Asks to go back to the revision before. */
export const undoStep = (deployment: KubeObject): NextStep => ({
  text: 'Or go back to the revision before.',
  operation: 'infra.k8s.deployments.undoRollout',
  arguments: place(deployment),
})

/** Asks to patch an object. */
export const patchStep = (text: string, object: KubeObject, patch: Record<string, unknown>): NextStep => ({
  text,
  operation: 'infra.k8s.resources.patchResource',
  arguments: { kind: object.kind, ...place(object), patch },
})

/** Asks to delete an object that will not come back by itself. */
export const deleteStep = (text: string, object: KubeObject): NextStep => ({
  text,
  operation: 'infra.k8s.resources.deleteResource',
  arguments: { kind: object.kind, ...place(object) },
})
