import { Problem, problems } from '../../errors.ts'
import { pathOf, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject, ObjectMeta } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { fieldsAt, textAt } from '../describe/read.ts'
import { headOf, type ReleaseHead } from './head.ts'
import { Damaged, decodeJson, decodeRelease, type Release } from './release.ts'

/** Where Helm keeps releases (its HELM_DRIVER). */
export type StorageDriver = 'secret' | 'configmap'

const TYPES = {
  secret: { group: '', version: 'v1', name: 'secrets', kind: 'Secret', namespaced: true },
  configmap: { group: '', version: 'v1', name: 'configmaps', kind: 'ConfigMap', namespaced: true },
} as const satisfies Record<StorageDriver, ResourceType>

const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/** Objects of a page: each may have 1.4 MiB, and 64 MiB is the most that is taken in at once. */
const PAGE = 32

interface Page {
  metadata: { continue?: string }
  items: KubeObject[] | null
}

/** Which stored revisions are meant. */
export interface HeadsOf {
  /** undefined: every namespace. */
  namespace: string | undefined
  name?: string
  /** A selector of the API server's, on the labels of the object that holds the revision. */
  labelSelector?: string
}

interface Asked {
  namespace: string
  name: string
  revision?: number | undefined
}

/** The releases of one cluster as Helm stores them: a Secret or ConfigMap for each revision. Reads only. */
export class ReleaseStorage {
  readonly #cluster: Cluster
  readonly driver: StorageDriver

  constructor(cluster: Cluster, driver: StorageDriver) {
    this.#cluster = cluster
    this.driver = driver
  }

  /** Every stored revision by its labels, of one namespace or of all; no payload is read. Throws `forbidden` with the rule that is missing. */
  heads(namespace: string | undefined): Promise<ReleaseHead[]> {
    return this.find({ namespace })
  }

  /** The stored revisions of one release, newest first; none where there is no such release. */
  async headsOf(namespace: string, name: string): Promise<ReleaseHead[]> {
    const heads = await this.find({ namespace, name })
    return heads.toSorted((a, b) => b.revision - a.revision)
  }

  /** As {@link heads}, of those only that a selector selects. */
  async find({ namespace, name, labelSelector }: HeadsOf): Promise<ReleaseHead[]> {
    const own = name === undefined ? 'owner=helm' : `owner=helm,name=${name}`
    const selector = labelSelector === undefined ? own : `${own},${labelSelector}`
    const list = await this.#ask<{ items: { metadata: ObjectMeta }[] | null }>(namespace, {
      path: pathOf(this.type, namespace),
      query: { labelSelector: selector },
      accept: METADATA,
      managedFields: false,
    })
    return (list.items ?? []).map(({ metadata }) => headOf(this.type.kind, metadata))
  }

  /** One revision, the newest where none is named. Throws `release_not_found`, `release_damaged`, `forbidden`. */
  async read(namespace: string, name: string, revision?: number): Promise<Release> {
    return this.readHead(this.pick(await this.headsOf(namespace, name), { namespace, name, revision }))
  }

  /** One of the stored revisions of a release, the first where none is named. Throws `release_not_found`. */
  pick(heads: readonly ReleaseHead[], { namespace, name, revision }: Asked): ReleaseHead {
    const head = revision === undefined ? heads[0] : heads.find((each) => each.revision === revision)
    if (head !== undefined) return head
    const { context } = this.#cluster
    throw problems.releaseNotFound(name, namespace, context, heads.length === 0 ? undefined : revision)
  }

  /**
   * The revision of a head. `guess`: an object that may be the head's, and spares a request where it is. Throws `release_damaged`,
   * `not_found` where it has gone in between, `forbidden`.
   */
  async readHead(head: ReleaseHead, guess?: KubeObject): Promise<Release> {
    return this.#orDamaged(head, async () =>
      this.decode(head, guess !== undefined && isOf(head, guess) ? guess : await this.object(head)),
    )
  }

  /** The object of the revision that is deployed, of several any: mostly the one that will be asked for. Throws `forbidden`. */
  async deployed(namespace: string, name: string): Promise<KubeObject | undefined> {
    const query = { labelSelector: `owner=helm,name=${name},status=deployed`, limit: 1 }
    const page = await this.#ask<Page>(namespace, { path: pathOf(this.type, namespace), query, managedFields: false })
    return page.items?.[0]
  }

  /** A revision in Helm's own words, with all that it keeps of the chart: templates and files too. Throws as {@link readHead}. */
  async readStored(head: ReleaseHead): Promise<unknown> {
    return this.#orDamaged(head, async () => decodeJson(this.#payload(await this.object(head))))
  }

  async #orDamaged<T>(head: ReleaseHead, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      const stored = `${this.type.kind} "${head.stored.name}"`
      throw problems.releaseDamaged(stored, head.namespace, this.#cluster.context, error.message)
    }
  }

  /** The Secret or ConfigMap of a head. Throws `not_found` where it has gone in between, `forbidden`. */
  object({ namespace, stored }: ReleaseHead): Promise<KubeObject> {
    return this.#ask<KubeObject>(namespace, { path: pathOf(this.type, namespace, stored.name), managedFields: false })
  }

  /** The objects of all revisions but superseded ones, page by page. Throws `forbidden`. */
  async *current(namespace: string | undefined): AsyncGenerator<KubeObject[]> {
    let token: string | undefined
    do {
      const query = { labelSelector: 'owner=helm,status!=superseded', limit: PAGE, continue: token }
      const page = await this.#ask<Page>(namespace, {
        path: pathOf(this.type, namespace),
        query,
        managedFields: false,
      })
      yield page.items ?? []
      token = page.metadata.continue
    } while (token !== undefined && token !== '')
  }

  /** What the object of a head holds. Throws {@link Damaged}. */
  async decode(head: ReleaseHead, object: KubeObject): Promise<Release> {
    const release = await decodeRelease(this.#payload(object), head.labels)
    if (release.name !== head.name || release.revision !== head.revision)
      throw new Damaged('it holds another release, or another revision, than its labels say')
    // Where it is stored decides: what a payload says of its namespace would lead around the namespaces of a credential.
    return { ...release, namespace: head.namespace }
  }

  #payload(object: KubeObject): string {
    const data = textAt(fieldsAt(object, 'data'), 'release')
    if (data === undefined) throw new Damaged('it has no data.release')
    return this.driver === 'secret' ? Buffer.from(data, 'base64').toString('latin1') : data
  }

  /** What revisions are stored as. */
  get type(): (typeof TYPES)[StorageDriver] {
    return TYPES[this.driver]
  }

  async #ask<T>(namespace: string | undefined, request: Parameters<Cluster['api']['json']>[0]): Promise<T> {
    const { api } = this.#cluster
    api.permit('GET', request.path)
    try {
      return await api.json<T>(request)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 403) throw error
      throw problems.releasesForbidden(error.message, this.type.name, namespace)
    }
  }
}

const isOf = ({ stored }: ReleaseHead, { metadata }: KubeObject): boolean =>
  metadata.uid === stored.uid && metadata.resourceVersion === stored.resourceVersion
