import { text as readText } from 'node:stream/consumers'
import { problems } from '../errors.ts'
import { nearestNames } from '../nearest.ts'
import type { Api, ApiRequest } from './api.ts'
import type { Resource } from './types.ts'

// Aggregated discovery (KEP-3352): everything the API server has, in two requests that cost a 304 when nothing changed.
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const FRESH_MS = 30_000
const FETCH_MS = 10_000

interface GroupList {
  kind: string
  items?: Group[]
}
interface Group {
  metadata?: { name?: string }
  versions: { version: string; freshness?: string; resources?: Discovered[] }[]
}
interface Discovered {
  resource: string
  responseKind?: { kind: string }
  scope: string
  singularResource?: string
  verbs: string[]
  shortNames?: string[]
  categories?: string[]
}

interface Part {
  etag: string | undefined
  resources: Resource[]
  /** Group versions whose own server did not answer (an unavailable APIService). */
  stale: string[]
}

/** The resource types of one API server, fetched when first asked for, then kept and revalidated. One per connection. */
export class Discovery {
  #parts = new Map<string, Part>()
  #checked = 0
  #running: Promise<void> | undefined

  /** Every resource type, in the API server's order of preference; not older than `age` milliseconds. */
  async resources(api: Api, age = FRESH_MS): Promise<readonly Resource[]> {
    await this.#refresh(api, age)
    return [...this.#parts.values()].flatMap((part) => part.resources)
  }

  /** Group versions that could not be discovered since the server behind them is away. */
  get stale(): readonly string[] {
    return [...this.#parts.values()].flatMap((part) => part.stale)
  }

  /**
   * The resource type a user means by a kind, plural, singular, short name or `kind.version.group` (as kubectl reads it).
   * Looks again before it says that there is none, since a CRD may be a second old. Throws `unknown_kind`, `ambiguous_kind`.
   */
  async resolve(api: Api, word: string): Promise<Resource> {
    const known = find(await this.resources(api), word)
    if (known.length > 0) return single(known, word)
    await this.#refresh(api, 0)
    const all = await this.resources(api)
    const found = find(all, word)
    if (found.length > 0) return single(found, word)
    throw problems.unknownKind(word, api.context, nearestTypes(word, all))
  }

  /** The resource type of an object's own apiVersion and kind. Looks again before it says that there is none: undefined. */
  async exact(api: Api, apiVersion: string, kind: string): Promise<Resource | undefined> {
    const isMeant = (each: Resource) => groupVersion(each) === apiVersion && each.kind === kind
    const known = (await this.resources(api)).find(isMeant)
    if (known !== undefined) return known
    await this.#refresh(api, 0)
    return (await this.resources(api)).find(isMeant)
  }

  // Callers share one refresh, so it does not end when the one who began it leaves.
  async #refresh(api: Api, age: number): Promise<void> {
    if (this.#checked > 0 && performance.now() - this.#checked <= age) return
    this.#running ??= this.#fetch(api.detached(FETCH_MS))
    await this.#running
  }

  async #fetch(api: Api): Promise<void> {
    try {
      await Promise.all([this.#part(api, 'api'), this.#part(api, 'apis')])
      this.#checked = performance.now()
    } finally {
      this.#running = undefined
    }
  }

  async #part(api: Api, root: string): Promise<void> {
    const etag = this.#parts.get(root)?.etag
    const request: ApiRequest = {
      path: [root],
      accept: AGGREGATED,
      ...(etag === undefined ? {} : { headers: { 'if-none-match': etag } }),
    }
    const answer = await api.send(request)
    const text = await readText(answer.body)
    if (answer.status === 304) return
    const list: GroupList = JSON.parse(text)
    this.#parts.set(root, { etag: answer.headers.etag, ...read(list) })
  }
}

function read(list: GroupList): Pick<Part, 'resources' | 'stale'> {
  const versions = (list.items ?? []).flatMap((group) =>
    group.versions.map((version) => ({ group: group.metadata?.name ?? '', ...version })),
  )
  return {
    resources: versions.flatMap(({ group, version, resources }) =>
      (resources ?? []).map((each) => resourceOf(group, version, each)),
    ),
    stale: versions.filter((each) => each.freshness === 'Stale').map((each) => `${each.group}/${each.version}`),
  }
}

const resourceOf = (group: string, version: string, each: Discovered): Resource => ({
  group,
  version,
  name: each.resource,
  singular: each.singularResource ?? '',
  kind: each.responseKind?.kind ?? '',
  namespaced: each.scope === 'Namespaced',
  shortNames: each.shortNames ?? [],
  categories: each.categories ?? [],
  verbs: each.verbs,
})

/** `apiVersion` of the objects of a resource type. */
export const groupVersion = ({ group, version }: Resource) => (group === '' ? version : `${group}/${version}`)

const namesOf = (resource: Resource) =>
  [resource.name, resource.kind, resource.singular, ...resource.shortNames].filter((name) => name !== '')

/** The types that are nearest to a word. Plurals first: three words for one and the same type would help nobody. */
export function nearestTypes(word: string, all: readonly Resource[]): string[] {
  const plurals = nearestNames(
    word,
    all.map(({ name }) => name),
  )
  return plurals.length > 0 ? plurals : nearestNames(word, all.flatMap(namesOf))
}

/** `plural.version.group`, as kubectl takes it; the core group has none: `pods.v1`. */
export const fullName = (resource: Pick<Resource, 'name' | 'version' | 'group'>) =>
  [resource.name, resource.version, resource.group].filter((part) => part !== '').join('.')

/** The types a user may mean by a word, of which only one is usual: see {@link Discovery.resolve}. */
export function find<R extends Resource>(all: readonly R[], word: string): R[] {
  const text = word.toLowerCase()
  const [head = '', ...rest] = text.split('.')
  const named = all.filter((each) => matches(each, head))
  const tail = rest.join('.')
  const wanted =
    tail === ''
      ? named
      : named.filter(
          (each) =>
            [each.group, `${each.version}.${each.group}`, each.version].includes(tail) || `${each.version}.` === tail,
        )
  // The core group has no name: `events.v1` is its own type before it is another group's.
  const core = wanted.filter((each) => each.group === '' && each.version === tail)
  const nearer = core.length > 0 ? core : wanted
  const exact = nearer.filter((each) => isName(each, head))
  return preferred(exact.length > 0 ? exact : nearer, tail !== '')
}

const isName = (each: Resource, head: string) => [each.name, each.singular, each.kind.toLowerCase()].includes(head)
const matches = (each: Resource, head: string) => isName(each, head) || each.shortNames.includes(head)

// The same type in several versions is one type: the first is the version the API server prefers. Between groups Kubernetes' own
// win over what was installed later, as with kubectl (`pods` of metrics.k8s.io, `services` of a CRD); among the others the user must say.
function preferred<R extends Resource>(found: R[], explicit: boolean): R[] {
  const firsts = found.filter((each, index) => found.findIndex((other) => sameType(other, each)) === index)
  const own = explicit ? undefined : firsts.find((each) => isBuiltIn(each.group))
  return own === undefined ? firsts : [own]
}

const sameType = (a: Resource, b: Resource) => a.group === b.group && a.name === b.name
const isBuiltIn = (group: string) => !group.includes('.') || (group.endsWith('.k8s.io') && !ADD_ONS.has(group))
const ADD_ONS = new Set([
  'metrics.k8s.io',
  'custom.metrics.k8s.io',
  'external.metrics.k8s.io',
  'gateway.networking.k8s.io',
  'snapshot.storage.k8s.io',
])

/** The only one of them. Throws `ambiguous_kind`. */
export function single<R extends Resource>(found: readonly R[], word: string): R {
  const [first, second] = found
  if (first !== undefined && second === undefined) return first
  throw problems.ambiguousKind(word, found.map(fullName))
}
