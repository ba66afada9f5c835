import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Resource } from '../../src/kubernetes/types.ts'
import { shortNamesOf } from './short-names.ts'

// The API methods of @kubernetes/client-node: which paths there are, with which method and which types. Only what they name is real: the
// package carries models of versions that are gone.

/** A kind that some path takes or answers, with the class of its model. */
export interface ClientKind extends Resource {
  model: string
}

interface Endpoint {
  path: string
  method: string
  model: string | undefined
}

const REQUEST =
  /async (\w+)\([^)]*\) \{[\s\S]*?const localVarPath = '([^']+)'[\s\S]*?HttpMethod\.(\w+)\)[\s\S]*?return requestContext/g
const SENT = /ObjectSerializer\.serialize\(body, "(\w+)"/
const ANSWERED = /async (\w+?)(?:WithHttpInfo)?\(response\) \{(?:(?!async )[\s\S])*?\), "(\w+)", ""\)/g
const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>v\d[a-z\d]*)(?<namespaced>\/namespaces\/\{namespace\})?\/(?<plural>[a-z]+)(?<item>\/\{name\})?(?:\/(?<subresource>[a-z]+))?$/

/** Every kind of the API methods of a client package. */
export function readKinds(folder: string): ClientKind[] {
  // The folder has APIs of versions that are gone, too: those that the package exports are the real ones.
  const exported = readFileSync(join(folder, 'dist/gen/index.d.ts'), 'utf8').matchAll(/ as (\w+V\d\w*Api)\b/g)
  const files = [...exported].map(([, name = '']) => join(folder, 'dist/gen/apis', `${name}.js`))
  const endpoints = files.flatMap((file) => endpointsOf(readFileSync(file, 'utf8')))
  const kinds = resources(endpoints)
  return [...kinds, ...subresourceKinds(endpoints, new Set(kinds.map(({ model }) => model)))]
}

function endpointsOf(code: string): Endpoint[] {
  const answers = new Map([...code.matchAll(ANSWERED)].map(([, name = '', model = '']) => [name, model]))
  return [...code.matchAll(REQUEST)].map(([text, name = '', path = '', method = '']) => ({
    path,
    method,
    model: SENT.exec(text)?.[1] ?? answers.get(name),
  }))
}

interface Parts {
  group: string
  version: string
  plural: string
  namespaced: boolean
  item: boolean
  subresource: string | undefined
}

function partsOf(path: string): Parts | undefined {
  const found = PATH.exec(path)?.groups
  if (found === undefined) return undefined
  const { group = '', version = '', plural = '', namespaced, item, subresource } = found
  // `/api/v1/namespaces/{namespace}/pods` and `/api/v1/namespaces/{name}` differ by the name of the parameter only.
  return { group, version, plural, namespaced: namespaced !== undefined, item: item !== undefined, subresource }
}

const VERBS: Readonly<Record<string, readonly [collection: string, item: string]>> = {
  GET: ['list', 'get'],
  POST: ['create', 'create'],
  PUT: ['', 'update'],
  PATCH: ['', 'patch'],
  DELETE: ['deletecollection', 'delete'],
}

interface Gathered extends Parts {
  models: string[]
  verbs: Set<string>
}

function resources(endpoints: readonly Endpoint[]): ClientKind[] {
  const gathered = new Map<string, Gathered>()
  for (const { path, method, model } of endpoints) {
    const parts = partsOf(path)
    if (parts === undefined || parts.subresource !== undefined) continue
    const key = `${parts.group}/${parts.version}/${parts.plural}`
    const known = gathered.get(key) ?? { ...parts, models: [], verbs: new Set() }
    gathered.set(key, known)
    known.namespaced ||= parts.namespaced
    known.verbs.add(VERBS[method]?.[parts.item ? 1 : 0] ?? '')
    if (isOwn(method, parts) && model !== undefined) known.models.push(model)
  }
  return [...gathered.values()].flatMap(kindOf)
}

// What is read, sent or created is the kind itself; a collection answers its list, a deletion a Status.
const isOwn = (method: string, { item }: Parts) => method === 'POST' || (item && method !== 'DELETE')

function kindOf({ group, version, plural, namespaced, models, verbs }: Gathered): ClientKind[] {
  const model = models.find((each) => each !== 'any')
  if (model === undefined) return []
  // What nobody can create is put together when it is read (ComponentStatus), and cannot be watched.
  if (verbs.has('list') && verbs.has('create')) verbs.add('watch')
  const own = [...verbs].filter((verb) => verb !== '').toSorted()
  return [
    {
      group,
      version,
      name: plural,
      singular: kindName(model).toLowerCase(),
      kind: kindName(model),
      namespaced,
      shortNames: shortNamesOf(plural, group),
      categories: [],
      verbs: own,
      model,
    },
  ]
}

// `Eviction`, `Scale`, `TokenRequest`: kinds that exist only to be sent to a part of another object.
function subresourceKinds(endpoints: readonly Endpoint[], known: ReadonlySet<string>): ClientKind[] {
  const found = new Map<string, ClientKind>()
  for (const { path, method, model } of endpoints) {
    const parts = partsOf(path)
    if (parts?.subresource === undefined || model === undefined || !isKind(model) || known.has(model)) continue
    if (!['POST', 'PUT'].includes(method) || found.has(model)) continue
    found.set(model, {
      ...home(model),
      name: `${parts.plural}/${parts.subresource}`,
      singular: '',
      kind: kindName(model),
      namespaced: parts.namespaced,
      shortNames: [],
      categories: [],
      verbs: [method === 'POST' ? 'create' : 'update'],
      model,
    })
  }
  return [...found.values()]
}

const isKind = (model: string) => /V\d/.test(model)

// These belong to another group than the object they are sent to.
const HOMES: Readonly<Record<string, { group: string; version: string }>> = {
  V1Eviction: { group: 'policy', version: 'v1' },
  V1Scale: { group: 'autoscaling', version: 'v1' },
  AuthenticationV1TokenRequest: { group: 'authentication.k8s.io', version: 'v1' },
}

function home(model: string): { group: string; version: string } {
  const found = HOMES[model]
  if (found === undefined) throw new Error(`${model} is sent to a subresource, and its group is not known here.`)
  return found
}

/** `V1Deployment` → `Deployment`, `CoreV1Event` → `Event`. */
export const kindName = (model: string): string =>
  model.replace(/^[A-Z][a-z]*?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])|^V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '')
