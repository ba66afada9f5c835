import type { KubeObject } from '../../src/kubernetes/types.ts'
import { diagnose } from '../../src/services/diagnose/diagnose.ts'
import type { Finding } from '../../src/services/diagnose/finding.ts'
import { rules } from '../../src/services/diagnose/rules/index.ts'
import type { Snapshot, Tail } from '../../src/services/diagnose/snapshot.ts'
import { ago, DAY, HOUR, make, now, pod } from '../describe/build.ts'
import { snapshotOf } from './snapshot.ts'
import { callable } from './steps.ts'

/** What all rules find in a namespace `shop` with these objects, events among them. */
export async function findings(
  objects: readonly KubeObject[],
  around: Partial<Snapshot> = {},
): Promise<readonly Finding[]> {
  const scope = { of: 'namespace', namespace: 'shop' } as const
  const diagnosis = await diagnose(snapshotOf(objects, { scope, takenAt: now.toISOString(), ...around }), rules)
  return callable(diagnosis.findings)
}

/** `id Kind/name: cause` of each finding. */
export const told = async (objects: readonly KubeObject[], around: Partial<Snapshot> = {}): Promise<string[]> =>
  (await findings(objects, around)).map(
    ({ id, object, cause }) => `${id} ${object.kind.split('.')[0]}/${object.name}: ${cause}`,
  )

/** The same object with a uid, and with an owner where one is given. */
export function owned(object: KubeObject, name: string, owner?: KubeObject): KubeObject {
  const ownerReferences =
    owner === undefined
      ? undefined
      : [
          {
            apiVersion: owner.apiVersion,
            kind: owner.kind,
            name: owner.metadata.name,
            uid: owner.metadata.uid ?? '',
            controller: true,
          },
        ]
  const metadata = { ...object.metadata, name, uid: `${object.kind}/${name}` }
  return { ...object, metadata: ownerReferences === undefined ? metadata : { ...metadata, ownerReferences } }
}

interface Revision {
  revision: number
  pods: readonly KubeObject[]
  status?: Record<string, unknown>
}

/** A Deployment `web` with its ReplicaSets and their pods, all seen by its controller. */
export function deployment(
  status: Record<string, unknown>,
  revisions: readonly Revision[],
  spec: Record<string, unknown> = {},
): KubeObject[] {
  const top = owned(
    make('apps/v1 Deployment', {
      spec: { replicas: 2, ...spec },
      status: { observedGeneration: 1, replicas: 2, ...status },
    }),
    'web',
  )
  return [top, ...revisions.flatMap((each) => setOf(top, each))]
}

function setOf(top: KubeObject, { revision, pods, status }: Revision): KubeObject[] {
  const made = make('apps/v1 ReplicaSet', {
    metadata: { annotations: { 'deployment.kubernetes.io/revision': String(revision) } },
    spec: { replicas: pods.length },
    status: { observedGeneration: 1, replicas: pods.length, readyReplicas: 0, ...status },
  })
  const set = owned(made, `web-r${revision}`, top)
  return [set, ...pods.map((each, index) => owned(each, `web-r${revision}-${index}`, set))]
}

/** A node that takes pods. */
export const node = (
  name: string,
  fields: { labels?: object; spec?: object; allocatable?: object } = {},
): KubeObject => {
  const made = make('v1 Node', {
    metadata: { name, uid: name, creationTimestamp: ago(30 * DAY), labels: fields.labels ?? {} },
    spec: { ...fields.spec },
    status: {
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(DAY) }],
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...fields.allocatable },
    },
  })
  const { namespace: _, ...metadata } = made.metadata
  return { ...made, metadata }
}

/** The end of a container: exit code and reason, a minute ago. */
export const terminated = (exitCode: number, reason = 'Error', more: Record<string, unknown> = {}) => ({
  terminated: { exitCode, reason, startedAt: ago(90), finishedAt: ago(60), ...more },
})

/** A pod whose container `app` waits for its next start after it ended so. */
export const looping = (exitCode: number, reason = 'Error', spec: Record<string, unknown> = {}, message?: string) =>
  pod(
    {
      restartCount: 5,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: terminated(exitCode, reason, message === undefined ? {} : { message }),
    },
    { spec: { containers: [{ name: 'app', image: 'shop/web:v9', ...spec }] } },
  )

/** A pod whose container `app` waits, for this reason. */
export const waiting = (reason: string, message = '', spec: Record<string, unknown> = {}, podSpec: object = {}) =>
  pod(
    { state: { waiting: { reason, ...(message === '' ? {} : { message }) } } },
    {
      spec: { containers: [{ name: 'app', image: 'shop/web:v9', ...spec }], ...podSpec },
      podStatus: { phase: 'Pending' },
    },
  )

/** A pod that no node takes, in the scheduler's words. */
export const unplaced = (message: string, spec: Record<string, unknown> = {}) =>
  make('v1 Pod', {
    spec: { containers: [{ name: 'app', image: 'shop/web:v9' }], ...spec },
    status: {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: ago(HOUR) },
      ],
    },
  })

/** The last words of container app of pod web. */
export const tail = (...lines: string[]): { tails: Tail[] } => ({
  tails: [{ namespace: 'shop', pod: 'web', container: 'app', previous: true, lines }],
})
