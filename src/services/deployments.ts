import Type, { type Static } from 'typebox'
import { getObject, objectPage } from '../kubernetes/lists.ts'
import { BUILT_IN } from '../kubernetes/paths.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { listAt, numberAt, ownedBy, textAt } from './describe/read.ts'
import { type Cells, list, type ListAnswer, type ListInput } from './lists.ts'
import { rolloutStatus } from './rollout.ts'
import { selectorText } from './selectors.ts'

/** A deployment as `kubectl get deployments -o wide` shows it. */
export const DeploymentRow = Closed({
  name: Type.String({ description: 'Name.' }),
  namespace: Type.String({ description: 'Namespace.' }),
  ready: Type.String({ description: 'Ready pods of wanted ones, e.g. 2/3.' }),
  upToDate: Type.Integer({ description: 'Pods of the newest template.' }),
  available: Type.Integer({ description: 'Available pods.' }),
  age: Type.String({ description: 'Time since creation.' }),
  containers: Type.String({ description: 'Container names.' }),
  images: Type.String({ description: 'Images.' }),
  selector: Type.String({ description: 'Label selector of its pods.' }),
})
export type DeploymentRow = Static<typeof DeploymentRow>

/** One revision of a deployment: a ReplicaSet it owns. */
export const Revision = Closed({
  revision: Type.Integer({ description: 'Number of the revision.' }),
  replicaSet: Type.String({ description: 'ReplicaSet that holds it.' }),
  current: Type.Boolean({ description: 'Whether it is what the deployment asks for now.' }),
  replicas: Type.Integer({ description: 'Pods it has.' }),
  ready: Type.Integer({ description: 'Pods of it that are ready.' }),
  images: Type.Array(Type.String(), { description: 'Images of its template.' }),
  changeCause: Type.Optional(Type.String({ description: 'Annotation kubernetes.io/change-cause.' })),
  created: Type.String({ description: 'When it was made (RFC 3339).' }),
})
export type Revision = Static<typeof Revision>

export const Rollout = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  namespace: Type.String({ description: 'Namespace.' }),
  name: Type.String({ description: 'Deployment.' }),
  state: Type.Unsafe<'complete' | 'progressing' | 'stuck' | 'paused'>({
    type: 'string',
    enum: ['complete', 'progressing', 'stuck', 'paused'],
    description: 'How the rollout stands.',
  }),
  message: Type.String({ description: 'The same in one sentence, as kubectl rollout status.' }),
  replicas: Type.Integer({ description: 'Wanted pods.' }),
  updated: Type.Integer({ description: 'Pods of the newest template.' }),
  ready: Type.Integer({ description: 'Ready pods.' }),
  available: Type.Integer({ description: 'Available pods.' }),
  revisions: Type.Array(Revision, { description: 'History, newest first.' }),
})
export type Rollout = Static<typeof Rollout>

/** Deployments of one cluster. */
export class Deployments {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  list(input: ListInput): Promise<ListAnswer<DeploymentRow>> {
    return list(this.#cluster, BUILT_IN.deployments, input, { read: deploymentRow })
  }

  /** How the rollout stands, and its history from the ReplicaSets it owns. */
  async rollout(namespace: string, name: string): Promise<Rollout> {
    const deployment = await getObject(this.#cluster.api, BUILT_IN.deployments, namespace, name)
    return {
      context: this.#cluster.context,
      namespace,
      name,
      ...rolloutStatus(deployment),
      replicas: numberAt(deployment, 'spec.replicas') ?? 1,
      updated: numberAt(deployment, 'status.updatedReplicas') ?? 0,
      ready: numberAt(deployment, 'status.readyReplicas') ?? 0,
      available: numberAt(deployment, 'status.availableReplicas') ?? 0,
      revisions: await this.#revisions(namespace, deployment),
    }
  }

  async #revisions(namespace: string, deployment: KubeObject): Promise<Revision[]> {
    const labelSelector = selectorText(deployment)
    const { items } = await objectPage(this.#cluster.api, BUILT_IN.replicaSets, {
      namespace,
      labelSelector,
      limit: 500,
    })
    const own = items.filter((each) => ownedBy(each, deployment))
    const newest = deployment.metadata.annotations?.[REVISION]
    return own.map((each) => revision(each, newest)).toSorted((a, b) => b.revision - a.revision)
  }
}

const REVISION = 'deployment.kubernetes.io/revision'

function revision(replicaSet: KubeObject, newest: string | undefined): Revision {
  const { annotations = {}, name, creationTimestamp = '' } = replicaSet.metadata
  const cause = annotations['kubernetes.io/change-cause']
  return {
    revision: Number(annotations[REVISION] ?? 0),
    replicaSet: name,
    current: annotations[REVISION] === newest,
    replicas: numberAt(replicaSet, 'status.replicas') ?? 0,
    ready: numberAt(replicaSet, 'status.readyReplicas') ?? 0,
    images: listAt(replicaSet, 'spec.template.spec.containers').map((each) => textAt(each, 'image') ?? ''),
    ...(cause === undefined ? {} : { changeCause: cause }),
    created: creationTimestamp,
  }
}

function deploymentRow(cells: Cells, namespace: string | undefined): DeploymentRow {
  return {
    name: cells('Name'),
    namespace: namespace ?? '',
    ready: cells('Ready'),
    upToDate: Number(cells('Up-to-date')),
    available: Number(cells('Available')),
    age: cells('Age'),
    containers: cells('Containers'),
    images: cells('Images'),
    selector: cells('Selector'),
  }
}
