import { problems } from '../errors.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import type { Cluster } from './cluster.ts'
import { diagnose } from './diagnose/diagnose.ts'
import { Facts, nameOf } from './diagnose/facts.ts'
import { gather } from './diagnose/gather.ts'
import type { Diagnosis } from './diagnose/report.ts'
import { rules } from './diagnose/rules/index.ts'
import { objectText } from './diagnose/scope.ts'
import type { Gap, Scope, Snapshot } from './diagnose/snapshot.ts'
import type { ObjectName } from './diagnose/finding.ts'
import type { Releases } from './helm/releases.ts'
import type { ReleaseResource } from './helm/schema.ts'
import { listNamespace } from './lists.ts'

/** What a caller wants to have diagnosed: a namespace (the context's own by default), all of them, or one object. */
export interface DiagnosisInput {
  namespace?: string
  allNamespaces?: boolean
  kind?: string
  name?: string
}

/** No kind of Kubernetes: what Helm calls what it has installed. */
const RELEASE = /^releases?$/i

function nameIn({ apiVersion, kind, namespace, name }: ReleaseResource): ObjectName {
  const group = apiVersion.includes('/') ? `.${apiVersion.slice(0, apiVersion.indexOf('/'))}` : ''
  return { kind: `${kind}${group}`, name, ...(namespace === undefined ? {} : { namespace }) }
}

const gapOf = (resource: ReleaseResource): Gap => ({
  what: objectText(nameIn(resource)),
  why:
    resource.state === 'missing'
      ? 'the release names it, and it is not there.'
      : (resource.status ?? 'the release has too many objects.'),
})

/** What is wrong in this scope. */
export const diagnoseScope = async (cluster: Cluster, scope: Scope): Promise<Diagnosis> =>
  diagnose(await gather(cluster, scope), rules)

/** What is wrong with an object that was read and masked, and all that was read around it, its dull events too. */
export async function diagnoseObject(
  cluster: Cluster,
  object: KubeObject,
): Promise<{ facts: Facts; diagnosis: Diagnosis }> {
  const snapshot = await gather(cluster, { of: 'object', object: nameOf(object) }, { described: object })
  return { facts: new Facts(snapshot), diagnosis: await diagnose(snapshot, rules) }
}

/** What is wrong in a cluster, and why. */
export class Diagnoses {
  readonly #cluster: Cluster
  readonly #releases: Releases
  constructor(cluster: Cluster, releases: Releases) {
    this.#cluster = cluster
    this.#releases = releases
  }

  /** Throws `bad_input`, `unknown_kind`, `not_found`, and what the API server says where nothing may be read. */
  async diagnose(input: DiagnosisInput): Promise<Diagnosis> {
    return diagnose(await this.snapshot(input), rules)
  }

  /** Everything that a diagnosis is made of, masked; to be saved and diagnosed elsewhere. */
  async snapshot(input: DiagnosisInput): Promise<Snapshot> {
    const { kind, name, namespace } = input
    if (kind !== undefined && name !== undefined && RELEASE.test(kind))
      return this.#ofRelease(name, namespace ?? this.#cluster.namespace)
    return gather(this.#cluster, await this.#scope(input))
  }

  async #scope({ kind, name, ...where }: DiagnosisInput): Promise<Scope> {
    if (kind === undefined && name === undefined) return this.#scopeOfList(where)
    if (kind === undefined || name === undefined)
      throw problems.badInput('kind and name go together.', 'Give both for one object, or none for a whole namespace.')
    if (where.allNamespaces === true)
      throw problems.badInput(
        'allNamespaces and one object contradict each other.',
        'Give kind and name, or allNamespaces.',
      )
    return this.#scopeOfObject(kind, name, where.namespace)
  }

  #scopeOfList(where: Pick<DiagnosisInput, 'namespace' | 'allNamespaces'>): Scope {
    const namespace = listNamespace({ kind: 'Pod', namespaced: true }, where, this.#cluster.namespace)
    return namespace === undefined ? { of: 'cluster' } : { of: 'namespace', namespace }
  }

  async #scopeOfObject(kind: string, name: string, namespace: string | undefined): Promise<Scope> {
    const type = await this.#cluster.resolve(kind)
    const key = type.group === '' ? type.kind : `${type.kind}.${type.group}`
    if (type.namespaced)
      return { of: 'object', object: { kind: key, namespace: namespace ?? this.#cluster.namespace, name } }
    if (namespace !== undefined)
      throw problems.badInput(`${type.kind} objects have no namespace.`, 'Leave namespace out.')
    return key === 'Namespace' ? { of: 'namespace', namespace: name } : { of: 'object', object: { kind: key, name } }
  }

  async #ofRelease(name: string, namespace: string): Promise<Snapshot> {
    const { resources } = await this.#releases.get({ namespace, name })
    const there = resources.filter(({ state }) => state === 'present').map(nameIn)
    const others = resources.filter(({ state }) => state !== 'present')
    const snapshot = await gather(this.#cluster, { of: 'release', namespace, name, objects: there })
    return { ...snapshot, gaps: [...snapshot.gaps, ...others.map(gapOf)] }
  }
}
