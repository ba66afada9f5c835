import Type, { type Static } from 'typebox'
import { problems } from '../../errors.ts'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { fieldsAt, listAt, numberAt } from '../describe/read.ts'
import { rowsBetween } from '../manifests/rows.ts'
import { compose, type Planning } from './compose.ts'
import { rehearsePatch, sendPatch } from './patching.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { called, findObject, ObjectRef, objectRef } from './targets.ts'
import { workloadBlast } from './workloads.ts'
import { patchEvidence } from './writes.ts'

export const MOST_REPLICAS = 10_000

export const ScaleInput = {
  replicas: Type.Integer({ minimum: 0, maximum: MOST_REPLICAS, description: 'Pods.' }),
}
interface ScaleQuestion {
  namespace: string
  name: string
  replicas: number
}

export const ScaleSteps = Closed({ target: ObjectRef, replicas: Type.Integer() })
export type ScaleSteps = Static<typeof ScaleSteps>

export const ScaleResult = Closed({
  namespace: Type.String({ description: 'Namespace.' }),
  name: Type.String({ description: 'Deployment.' }),
  replicas: Type.Integer({ description: 'Pods it is to have now.' }),
})
export type ScaleResult = Static<typeof ScaleResult>

const patchOf = (replicas: number) => ({ type: 'merge' as const, subresource: 'scale', body: { spec: { replicas } } })

/** Another number of pods, by the scale subresource. Throws `nothing_to_change` where it is that number. */
export async function planScale(
  cluster: Cluster,
  input: ScaleQuestion,
  planning: Planning = {},
): Promise<Plan<ScaleSteps>> {
  const { namespace, name, replicas } = input
  const before = await getObject(cluster.api, BUILT_IN.deployments, namespace, name)
  const was = numberAt(before, 'spec.replicas') ?? 1
  if (was === replicas)
    throw problems.nothingToChange(`Deployment ${namespace}/${name} has ${replicas} replicas already.`)
  const target = objectRef(BUILT_IN.deployments, before)
  const { warnings } = await rehearsePatch(cluster, target, patchOf(replicas))
  const after = { ...before, spec: { ...Object(before['spec']), replicas } }
  const rows = rowsBetween({ spec: { replicas: was } }, { spec: { replicas } })
  const { blast, notes } = await workloadBlast(cluster, { before, after, rows })
  return compose(
    cluster,
    {
      summary: `Scale ${called(before)} on context ${cluster.context} from ${was} to ${replicas} replicas`,
      effects: [{ type: BUILT_IN.deployments, action: 'change', before, after, rows, dryRun: true }],
      blast,
      base: { risk: 'low', reason: `The number of pods changes from ${was} to ${replicas}; it can be put back.` },
      notes: [...warnings, ...notes],
      undo: {
        operation: 'infra.k8s.deployments.scaleDeployment',
        input: { context: cluster.context, namespace, name, replicas: was },
        loses: replicas < was ? ['logs and local data of the pods that end'] : [],
      },
      steps: { target, replicas },
    },
    planning,
  )
}

export async function executeScale(
  cluster: Cluster,
  { target, replicas }: ScaleSteps,
  execution: Execution,
  fresh: Plan<ScaleSteps>,
): Promise<Done<ScaleResult>> {
  const scale = await sendPatch(cluster, target, patchOf(replicas), { execution, fresh })
  const output = {
    namespace: target.namespace ?? '',
    name: target.name,
    replicas: numberAt(scale, 'spec.replicas') ?? replicas,
  }
  return { outcome: 'succeeded', output }
}

// Zero is an empty field to the API server's bookkeeping: a scale to zero leaves no entry, and neither do those that follow (tried on
// 1.36). Where nobody is named as holding the field, the number itself has to do.
const isHeld = (now: KubeObject) =>
  listAt(now, 'metadata.managedFields').some((entry) => 'f:replicas' in fieldsAt(entry, 'fieldsV1.f:spec'))

/** The entry in managedFields says that it arrived; where somebody has scaled again since, that is said too. */
export async function evidenceScale(
  cluster: Cluster,
  { target, replicas }: ScaleSteps,
  executionId: string,
): Promise<Evidence> {
  const found = await patchEvidence(
    cluster,
    target,
    executionId,
    (now) => numberAt(now, 'spec.replicas') === replicas && !isHeld(now),
  )
  if (found.outcome !== 'succeeded') return found
  const now = await findObject(cluster, target.resource, target.namespace, target.name)
  if (numberAt(now, 'spec.replicas') === replicas) return found
  return { outcome: 'succeeded', text: `${found.text} Somebody has changed the number again since.` }
}
