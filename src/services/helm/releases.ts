import { problems } from '../../errors.ts'
import type { Cluster } from '../cluster.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { listNamespace } from '../lists.ts'
import { adviceOn, goodBefore } from './advice.ts'
import { factsOf } from './facts.ts'
import { historyOf } from './history.ts'
import { ReleaseMask } from './known-secrets.ts'
import { liveResources } from './live.ts'
import { manifestOf } from './manifest.ts'
import type { ReleaseHead } from './head.ts'
import type { Release, ReleaseStatus } from './release.ts'
import { factsAbout, faultsOf, yamlOf } from './release-answer.ts'
import type { ReleaseAnswer, ReleaseHistory, ReleaseList, ReleaseRow } from './schema.ts'
import { ReleaseStorage, type StorageDriver } from './storage.ts'

export interface ReleaseListInput {
  namespace?: string
  allNamespaces?: boolean
  labelSelector?: string
  status?: ReleaseStatus
  limit?: number
  continue?: string
}

export interface ReleaseInput {
  namespace: string
  name: string
  /** Default: the newest. */
  revision?: number
  /** The chart's defaults too. */
  allValues?: boolean
  /** What was rendered too. */
  manifest?: boolean
}

export interface HistoryInput {
  namespace: string
  name: string
  /** Most revisions. */
  limit?: number
  /** Whether to say what differs from each revision to the next. */
  changes?: boolean
}

/** A release's newest revision, and which one it could go back to. */
interface Latest {
  head: ReleaseHead
  good: number | undefined
}

/** Helm releases of one cluster, read without the binary. Everything that is answered is masked. */
export class Releases {
  readonly #cluster: Cluster
  readonly #storage: ReleaseStorage

  constructor(cluster: Cluster, { driver }: { driver: StorageDriver }) {
    this.#cluster = cluster
    this.#storage = new ReleaseStorage(cluster, driver)
  }

  /** Releases by namespace and name, as `helm list`: of each its newest revision. Throws `forbidden`, `bad_input`. */
  async list(input: ReleaseListInput): Promise<ReleaseList> {
    const { limit = 100, continue: token, ...question } = input
    const cluster = this.#cluster
    const namespace = listNamespace({ kind: 'Release', namespaced: true }, input, cluster.namespace)
    const asked = [cluster.context, 'releases', question]
    const { skip } = readCursor(asked, token)
    const found = await this.#latest(namespace, input)
    const page = found.slice(skip, skip + limit)
    const facts = await factsOf(
      cluster,
      this.#storage,
      page.map(({ head }) => head),
    )
    const left = Math.max(0, found.length - skip - page.length)
    return {
      context: cluster.context,
      ...(namespace === undefined ? {} : { namespace }),
      items: page.map((latest, index) => rowOf(latest, facts[index])),
      ...(left === 0
        ? {}
        : { continue: writeCursor(asked, { token: undefined, skip: skip + limit }), remaining: left }),
    }
  }

  /** One revision with its objects as they are now. Throws `release_not_found`, `release_damaged`, `forbidden`. */
  async get(input: ReleaseInput): Promise<ReleaseAnswer> {
    const { namespace, name, revision } = input
    const [heads, deployed] = await Promise.all([
      this.#storage.headsOf(namespace, name),
      revision === undefined ? this.#storage.deployed(namespace, name) : undefined,
    ])
    const head = this.#storage.pick(heads, input)
    const release = await this.#storage.readHead(head, deployed)
    const rendered = await manifestOf(release, this.#cluster.call.signal)
    const resources = await liveResources(this.#cluster, rendered.objects, namespace)
    const mask = new ReleaseMask([...rendered.objects, ...rendered.hooks])
    const advice = head === heads[0] ? adviceFor(release, head, heads) : undefined
    const shown = input.manifest === true ? await yamlOf(rendered, mask) : undefined
    return {
      context: this.#cluster.context,
      ...mask.of({ ...factsAbout(release, input.allValues === true), resources }),
      ...(advice === undefined ? {} : { advice }),
      ...(shown === undefined ? {} : { manifest: shown.text }),
      ...faultsOf(rendered, shown?.left ?? 0),
    }
  }

  /** The revisions that are kept, newest first, with what changed from each to the next. Throws `release_not_found`, `forbidden`. */
  async history({ namespace, name, limit = 10, changes = true }: HistoryInput): Promise<ReleaseHistory> {
    const heads = await this.#storage.headsOf(namespace, name)
    const [newest] = heads
    if (newest === undefined) throw problems.releaseNotFound(name, namespace, this.#cluster.context)
    const { revisions, note } = await historyOf(this.#cluster, this.#storage, heads, { limit, changes })
    const left = heads.length - revisions.length
    const { status, written } = newest
    const advice = adviceOn({ status, updated: revisions[0]?.updated, written, good: goodBefore(newest, heads) })
    return {
      context: this.#cluster.context,
      namespace,
      name,
      ...(advice === undefined ? {} : { advice }),
      revisions,
      ...(left > 0 ? { remaining: left } : {}),
      note,
    }
  }

  /** The newest revision of each release, by namespace and name. */
  async #latest(namespace: string | undefined, { labelSelector, status }: ReleaseListInput): Promise<Latest[]> {
    const [heads, selected] = await Promise.all([
      this.#storage.heads(namespace),
      labelSelector === undefined ? undefined : this.#storage.find({ namespace, labelSelector }),
    ])
    const uids = selected && new Set(selected.map(({ stored }) => stored.uid))
    return [...byRelease(heads)]
      .map(latestOf)
      .filter(({ head }) => uids === undefined || uids.has(head.stored.uid))
      .filter(({ head }) => status === undefined || head.status === status)
      .toSorted((a, b) => order(a.head, b.head))
  }
}

function byRelease(heads: readonly ReleaseHead[]): Iterable<ReleaseHead[]> {
  const releases = new Map<string, ReleaseHead[]>()
  for (const head of heads) {
    const key = `${head.namespace}/${head.name === '' ? head.stored.name : head.name}`
    const known = releases.get(key)
    if (known === undefined) releases.set(key, [head])
    else known.push(head)
  }
  return releases.values()
}

function latestOf(heads: ReleaseHead[]): Latest {
  const head = heads.reduce((newest, each) => (each.revision > newest.revision ? each : newest))
  return { head, good: goodBefore(head, heads) }
}

const order = (a: ReleaseHead, b: ReleaseHead) => compare(a.namespace, b.namespace) || compare(a.name, b.name)
const compare = (a: string, b: string) => Number(a > b) - Number(a < b)

function rowOf({ head, good }: Latest, facts: Partial<ReleaseRow> = {}): ReleaseRow {
  const { name, namespace, revision, status, stored, written } = head
  const advice = adviceOn({ status, updated: facts.updated, written, good })
  return {
    name: name === '' ? stored.name : name,
    namespace,
    revision,
    status,
    ...facts,
    ...(advice === undefined ? {} : { advice }),
  }
}

function adviceFor(release: Release, head: ReleaseHead, heads: readonly ReleaseHead[]): string | undefined {
  const { status, lastDeployed: updated } = release
  return adviceOn({ status, updated, written: head.written, good: goodBefore(head, heads) })
}
