import Type, { type Static } from 'typebox'
import { problems } from '../errors.ts'
import { getObject } from '../kubernetes/lists.ts'
import type { KubeObject, Resource } from '../kubernetes/types.ts'
import { Closed, KubernetesObject } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { describe } from './describe/describe.ts'
import { around } from './describe/around.ts'
import { Description } from './describe/schema.ts'
import { LOG_GONE } from './diagnose/tails.ts'
import { diagnoseObject } from './diagnosis.ts'
import { parsePath, pick } from './field-paths.ts'
import { type Cells, list, type ListAnswer, type ListInput } from './lists.ts'
import { maskObject } from './safety/mask-object.ts'

/** An object of any kind as `kubectl get -o wide` shows it: name, namespace, and the kind's own columns in camel case. */
export const ResourceRow = Type.Object(
  { name: Type.String({ description: 'Name.' }), namespace: Type.Optional(Type.String({ description: 'Namespace.' })) },
  { additionalProperties: Type.String({ description: "The kind's own columns." }) },
)
export type ResourceRow = Static<typeof ResourceRow>

export const ObjectAnswer = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  namespace: Type.Optional(Type.String({ description: 'Namespace; absent where the kind has none.' })),
  object: Type.Optional(KubernetesObject),
  fields: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'With fields: the value at each path; null where there is none.',
    }),
  ),
})
export type ObjectAnswer = Static<typeof ObjectAnswer>

export const DescribeAnswer = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  ...Description.properties,
})
export type DescribeAnswer = Static<typeof DescribeAnswer>

interface ObjectInput {
  kind: string
  name: string
  namespace?: string
}

/** Objects of any kind discovery knows, custom resources included. Subresources cannot be reached. */
export class Resources {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async list({ kind, ...input }: ListInput & { kind: string }): Promise<ListAnswer<ResourceRow>> {
    const type = await this.#type(kind, 'list')
    return list(this.#cluster, type, input, { read: resourceRow })
  }

  /** One object, masked; with `fields` (paths, separated by commas) only what stands there. */
  async get({ fields, ...input }: ObjectInput & { fields?: string }): Promise<ObjectAnswer> {
    const paths = fields === undefined ? undefined : splitPaths(fields).map((path) => [path, parsePath(path)] as const)
    const { object, where } = await this.#read(input)
    if (paths === undefined) return { ...where, object }
    return { ...where, fields: Object.fromEntries(paths.map(([path, steps]) => [path, pick(object, steps) ?? null])) }
  }

  /** The object, what is above, below and beside it, its events, and what is wrong with it. */
  async describe({ maxBytes, ...input }: ObjectInput & { maxBytes?: number }): Promise<DescribeAnswer> {
    const { object, where } = await this.#read(input)
    const { facts, diagnosis } = await diagnoseObject(this.#cluster, object)
    const gaps = diagnosis.gaps.filter(({ why }) => why !== LOG_GONE)
    const limits = gaps.map(({ what, why }) => `${what}: ${why}`)
    const told = describe(around(object, facts, limits), { maxBytes: maxBytes ?? 8192, findings: diagnosis.findings })
    return { context: where.context, ...told }
  }

  async #read({
    kind,
    name,
    namespace,
  }: ObjectInput): Promise<{ object: KubeObject; where: Pick<ObjectAnswer, 'context' | 'namespace'> }> {
    const type = await this.#type(kind, 'get')
    if (!type.namespaced && namespace !== undefined)
      throw problems.badInput(`${type.kind} objects have no namespace.`, 'Leave namespace out.')
    const within = type.namespaced ? (namespace ?? this.#cluster.namespace) : undefined
    const object = maskObject(await getObject(this.#cluster.api, type, within, name))
    return {
      object,
      where: { context: this.#cluster.context, ...(within === undefined ? {} : { namespace: within }) },
    }
  }

  async #type(kind: string, verb: string): Promise<Resource> {
    const type = await this.#cluster.resolve(kind)
    if (!type.verbs.includes(verb)) throw problems.verbNotSupported(type.kind, verb)
    return type
  }
}

const splitPaths = (text: string): string[] =>
  text
    .split(/,(?![^[]*\])/)
    .map((path) => path.trim())
    .filter((path) => path !== '')

function resourceRow(cells: Cells, namespace: string | undefined, columns: readonly string[]): ResourceRow {
  const own = columns.filter((column) => column !== 'Name').map((column) => [camel(column), cells(column)] as const)
  return { name: cells('Name'), ...(namespace === undefined ? {} : { namespace }), ...Object.fromEntries(own) }
}

/** `Up-to-date` → `upToDate`, `Port(s)` → `ports`, `CLUSTER-IP` → `clusterIp`. */
function camel(column: string): string {
  const words = column
    .replaceAll('(s)', 's')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  return words.map((word, index) => (index === 0 ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`)).join('')
}
