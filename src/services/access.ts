import Type, { type Static } from 'typebox'
import { problems } from '../errors.ts'
import type { Resource } from '../kubernetes/types.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { at, textAt } from './describe/read.ts'
import { listNamespace } from './lists.ts'

/** A resource type as `kubectl api-resources -o wide` shows it. */
export const ApiResourceRow = Closed({
  name: Type.String({ description: 'Plural name.' }),
  shortNames: Type.Array(Type.String(), { description: 'Short names.' }),
  apiVersion: Type.String({ description: 'Group and version.' }),
  namespaced: Type.Boolean({ description: 'Whether its objects are in namespaces.' }),
  kind: Type.String({ description: 'Kind.' }),
  verbs: Type.Array(Type.String(), { description: 'What can be done with it.' }),
  categories: Type.Array(Type.String(), { description: 'Categories.' }),
})
export type ApiResourceRow = Static<typeof ApiResourceRow>

export const ApiResources = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  items: Type.Array(ApiResourceRow),
  unavailable: Type.Optional(
    Type.Array(Type.String(), { description: 'Group versions whose own server does not answer.' }),
  ),
})
export type ApiResources = Static<typeof ApiResources>

export const Access = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  namespace: Type.Optional(Type.String({ description: 'Namespace asked about; absent: all.' })),
  allowed: Type.Boolean({ description: 'Whether the identity of this context may do it.' }),
  verb: Type.String({ description: 'Verb asked about.' }),
  resource: Type.String({ description: 'Resource asked about, e.g. deployments.apps/scale.' }),
  name: Type.Optional(Type.String({ description: 'Object asked about.' })),
  reason: Type.Optional(Type.String({ description: 'Why, where the API server says.' })),
  problem: Type.Optional(Type.String({ description: 'What the API server could not find out.' })),
})
export type Access = Static<typeof Access>

export interface AccessInput {
  verb: string
  resource: string
  namespace?: string
  allNamespaces?: boolean
  name?: string
}

const VERBS = new Set([
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'escalate',
  'impersonate',
  'approve',
  'sign',
  '*',
])

// `*`: every kind, those in namespaces included.
const ANY_KIND = { kind: '*', namespaced: true }

/** What one cluster offers, and what this identity may do there. */
export class AccessReview {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Resource types in the API server's order; filters by group and by whether they are namespaced. */
  async apiResources(input: { group?: string; namespaced?: boolean; verb?: string }): Promise<ApiResources> {
    const all = await this.#cluster.discovery.resources(this.#cluster.api)
    const stale = this.#cluster.discovery.stale
    const kept = all.filter(
      (each) =>
        (input.group === undefined || each.group === input.group) &&
        (input.namespaced === undefined || each.namespaced === input.namespaced) &&
        (input.verb === undefined || each.verbs.includes(input.verb)),
    )
    return {
      context: this.#cluster.context,
      items: kept.map(apiResourceRow),
      ...(stale.length === 0 ? {} : { unavailable: [...stale] }),
    }
  }

  /** Asks the API server itself (SelfSubjectAccessReview). `resource` may name a subresource: `pods/exec`. */
  async canI(input: AccessInput): Promise<Access> {
    if (!VERBS.has(input.verb))
      throw problems.badInput(
        `"${input.verb}" is not a verb of the Kubernetes API.`,
        `Verbs: ${[...VERBS].join(', ')}.`,
      )
    const { type, subresource } = await this.#resource(input.resource)
    const namespace = listNamespace(type ?? ANY_KIND, input, this.#cluster.namespace)
    const attributes = {
      verb: input.verb,
      group: type?.group ?? '*',
      version: type?.version ?? '*',
      resource: type?.name ?? '*',
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(input.name === undefined ? {} : { name: input.name }),
    }
    return {
      ...this.#about(input, namespace, attributes.resource, type, subresource),
      ...verdictOf(await this.#review(attributes)),
    }
  }

  #about(
    input: AccessInput,
    namespace: string | undefined,
    resource: string,
    type: Resource | undefined,
    subresource: string | undefined,
  ) {
    const group = type === undefined || type.group === '' ? '' : `.${type.group}`
    return {
      context: this.#cluster.context,
      ...(namespace === undefined ? {} : { namespace }),
      verb: input.verb,
      resource: `${resource}${group}${subresource === undefined ? '' : `/${subresource}`}`,
      ...(input.name === undefined ? {} : { name: input.name }),
    }
  }

  async #resource(text: string): Promise<{ type: Resource | undefined; subresource: string | undefined }> {
    const [kind = '', subresource] = text.split('/', 2)
    return { type: kind === '*' ? undefined : await this.#cluster.resolve(kind), subresource }
  }

  #review(resourceAttributes: Record<string, unknown>): Promise<unknown> {
    return this.#cluster.api.json({
      method: 'POST',
      path: ['apis', 'authorization.k8s.io', 'v1', 'selfsubjectaccessreviews'],
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      }),
    })
  }
}

function verdictOf(review: unknown): Pick<Access, 'allowed' | 'reason' | 'problem'> {
  const [reason, problem] = [textAt(review, 'status.reason'), textAt(review, 'status.evaluationError')]
  return {
    allowed: at(review, 'status.allowed') === true,
    ...(reason === undefined ? {} : { reason }),
    ...(problem === undefined ? {} : { problem }),
  }
}

const apiResourceRow = (each: Resource): ApiResourceRow => ({
  name: each.name,
  shortNames: [...each.shortNames],
  apiVersion: each.group === '' ? each.version : `${each.group}/${each.version}`,
  namespaced: each.namespaced,
  kind: each.kind,
  verbs: [...each.verbs],
  categories: [...each.categories],
})
