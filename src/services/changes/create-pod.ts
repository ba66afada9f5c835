import Type, { type Static } from 'typebox'
import { problems } from '../../errors.ts'
import type { ApiRequest } from '../../kubernetes/api.ts'
import { BUILT_IN, pathOf } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed, KubernetesObject, OneOf, UNLISTED } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { textAt } from '../describe/read.ts'
import { parseManifest } from '../manifests/parse.ts'
import { compose, NO_BLAST, type Planning } from './compose.ts'
import { createdRows } from './normalise.ts'
import { Stale } from './outcomes.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { called, findObject } from './targets.ts'
import { Again, EXECUTION, guarded, isObject, objectOf, OURSELVES, rehearse, write, type Written } from './writes.ts'

const Text = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description })
const Quantities = Type.Record(Type.String(), Type.String(), {
  description: 'By resource: {"cpu": "100m", "memory": "128Mi"}.',
})

export const CreatePodInput = {
  image: Type.Optional(Text('Image of its one container.')),
  command: Type.Optional(Type.Array(Type.String(), { maxItems: 200, description: 'Program and arguments.' })),
  args: Type.Optional(
    Type.Array(Type.String(), { maxItems: 200, description: "Arguments of the image's program.", ...UNLISTED }),
  ),
  env: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Environment.' })),
  ports: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), { maxItems: 50, description: 'Ports.' }),
  ),
  resources: Type.Optional(
    Type.Object(
      { requests: Type.Optional(Quantities), limits: Type.Optional(Quantities) },
      { additionalProperties: false, description: 'What it asks for and may use at most.', ...UNLISTED },
    ),
  ),
  labels: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Labels.', ...UNLISTED })),
  restartPolicy: Type.Optional(OneOf(['Always', 'OnFailure', 'Never'], 'When it is started again.', UNLISTED)),
  pod: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'A whole Pod instead.' })),
}

export interface PodQuestion {
  namespace: string
  name: string
  image?: string
  command?: string[]
  args?: string[]
  env?: Record<string, string>
  ports?: number[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  labels?: Record<string, string>
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  pod?: Record<string, unknown>
}

export const CreatePodSteps = Closed({ namespace: Type.String(), name: Type.String(), pod: KubernetesObject })
export type CreatePodSteps = Static<typeof CreatePodSteps>

export const CreatePodResult = Closed({
  namespace: Type.String({ description: 'Namespace.' }),
  name: Type.String({ description: 'Pod.' }),
  uid: Type.String({ description: 'Its uid.' }),
  phase: Type.String({ description: 'Its phase when it was made.' }),
})
export type CreatePodResult = Static<typeof CreatePodResult>

/** A new pod, its name fixed here. Throws `bad_manifest`, `conflict` where there is one of that name, and what admission says. */
export async function planCreatePod(
  cluster: Cluster,
  input: PodQuestion,
  planning: Planning = {},
): Promise<Plan<CreatePodSteps>> {
  const { namespace, name } = input
  const pod = podOf(input)
  const written = await rehearse(cluster, requestOf(namespace, pod))
  const after = objectOf(written)
  const notes = written.warnings.map((each) => `The API server warns: ${each}`)
  return compose(
    cluster,
    {
      summary: `Create ${called(pod)} on context ${cluster.context}`,
      effects: [
        { type: BUILT_IN.pods, action: 'create', after, rows: createdRows(after, pod), asked: pod, dryRun: true },
      ],
      blast: NO_BLAST,
      base: { risk: 'medium', reason: 'A new pod runs what its image holds.' },
      notes: [...notes, 'It has no controller: nothing will bring it back when it ends.'],
      undo: {
        operation: 'infra.k8s.pods.deletePod',
        input: { context: cluster.context, namespace, name },
        loses: ['its logs', 'data in its emptyDir volumes', 'whatever it did while it ran'],
      },
      steps: { namespace, name, pod },
    },
    planning,
  )
}

/** The pod that is asked for. Throws `bad_input` where image and pod contradict each other. */
function podOf(input: PodQuestion): KubeObject {
  const { pod, image, namespace, name } = input
  if ((pod === undefined) === (image === undefined))
    throw problems.badInput('Give either image or pod.', 'image is for a pod of one container, pod for a whole one.')
  if (pod === undefined) return simplePod(input)
  refuseMore(input)
  refuseOtherName(pod, name)
  const given = { apiVersion: 'v1', kind: 'Pod', ...pod, metadata: { name, namespace, ...Object(pod['metadata']) } }
  const [document] = parseManifest(JSON.stringify(given), { namespace })
  if (document === undefined || document.object.kind !== 'Pod' || document.object.apiVersion !== 'v1')
    throw problems.badManifest('pod has to be a Pod (v1).')
  return document.object
}

// What stands beside a whole pod would be lost without a word.
function refuseMore(input: PodQuestion): void {
  const own = ['context', 'namespace', 'name', 'pod']
  const more = Object.keys(input).filter((field) => !own.includes(field))
  if (more.length > 0)
    throw problems.badInput(`${more.join(', ')} cannot be given beside pod.`, 'Write it into the pod itself.')
}

function refuseOtherName(pod: Record<string, unknown>, name: string): void {
  const own = textAt(pod, 'metadata.name')
  if (own !== undefined && own !== name)
    throw problems.badManifest(`The request is about pod ${name}, and pod names ${own}.`, 'Make them the same.')
  if (textAt(pod, 'metadata.generateName') !== undefined)
    throw problems.badManifest('generateName is not taken: the name is fixed when a change is planned.', 'Give a name.')
}

function simplePod({
  namespace,
  name,
  image = '',
  command,
  args,
  env = {},
  ports = [],
  resources,
  labels,
  restartPolicy,
}: PodQuestion): KubeObject {
  const container = {
    name: 'main',
    image,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(Object.keys(env).length === 0
      ? {}
      : { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }),
    ...(ports.length === 0 ? {} : { ports: ports.map((containerPort) => ({ containerPort })) }),
    ...(resources === undefined ? {} : { resources }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, ...(labels === undefined ? {} : { labels }) },
    spec: { containers: [container], ...(restartPolicy === undefined ? {} : { restartPolicy }) },
  }
}

const requestOf = (namespace: string, pod: unknown): ApiRequest => ({
  method: 'POST',
  path: pathOf(BUILT_IN.pods, namespace),
  query: { fieldManager: OURSELVES, fieldValidation: 'Strict' },
  body: JSON.stringify(pod),
})

/** An object with the annotation that says which execution made it. */
export const marked = ({ metadata, ...object }: KubeObject, executionId: string): KubeObject => ({
  ...object,
  apiVersion: object.apiVersion,
  kind: object.kind,
  metadata: { ...metadata, annotations: { ...metadata.annotations, [EXECUTION]: executionId } },
})

/** Sends a create; a name that was taken meanwhile makes the plan stale. */
export async function create(send: () => Promise<Written>, name: string): Promise<Written> {
  try {
    return await send()
  } catch (error) {
    const taken = error instanceof Again && /already exists/.test(error.message)
    throw taken ? new Stale(`${name} was made by somebody else since it was planned.`) : error
  }
}

export async function executeCreatePod(
  cluster: Cluster,
  { namespace, name, pod }: CreatePodSteps,
  execution: Execution,
  fresh: Pick<Plan<CreatePodSteps>, 'targets'> = { targets: [] },
): Promise<Done<CreatePodResult>> {
  if (!isObject(pod)) throw new TypeError('the stored steps hold no pod')
  const request = requestOf(namespace, marked(pod, execution.id))
  const made = objectOf(
    await guarded({ cluster, execution, fresh }, () =>
      create(() => write(cluster, request, execution), `Pod ${namespace}/${name}`),
    ),
  )
  return {
    outcome: 'succeeded',
    output: { namespace, name, uid: made.metadata.uid ?? '', phase: textAt(made, 'status.phase') ?? '' },
  }
}

/** What the cluster shows of a create: our own mark on it, or somebody else's object of that name. */
export function creationEvidence(now: KubeObject | undefined, name: string, executionId: string): Evidence {
  if (now === undefined)
    return { outcome: 'unknown', text: `${name} is not there: it did not arrive yet, or is gone again.` }
  if (now.metadata.annotations?.[EXECUTION] === executionId)
    return { outcome: 'succeeded', text: `${name} carries the id of this execution.` }
  // Ours may have been there before, and be gone.
  return {
    outcome: 'unknown',
    text: `${name} was made by somebody else, and does not show whether ours was there before.`,
  }
}

export const evidenceCreatePod = async (
  cluster: Cluster,
  { namespace, name }: CreatePodSteps,
  executionId: string,
): Promise<Evidence> =>
  creationEvidence(await findObject(cluster, BUILT_IN.pods, namespace, name), `Pod ${namespace}/${name}`, executionId)
