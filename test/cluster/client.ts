import { Agent, request } from 'undici'
import type { Certificate } from './certificates.ts'

/** A Kubernetes object, as far as the harness looks into it. */
export interface KubernetesObject {
  readonly [field: string]: unknown
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly [field: string]: unknown
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
  }
}

/** True for a plain JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** True for what has `metadata.name`. */
export const isKubernetesObject = (value: unknown): value is KubernetesObject =>
  isRecord(value) && isRecord(value['metadata']) && typeof value['metadata']['name'] === 'string'

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Plain requests to the API server as one user, for putting test data there. Paths start with `/api`. */
export interface Api {
  get(path: string): Promise<unknown>
  create(path: string, object: object): Promise<KubernetesObject>
  /** Creates it, or leaves what is there. */
  ensure(path: string, object: object): Promise<void>
  replace(path: string, object: object): Promise<KubernetesObject>
  /** JSON merge patch (RFC 7396). */
  merge(path: string, patch: object): Promise<KubernetesObject>
  delete(path: string, options?: object): Promise<void>
  /** True where the path answers with a success. */
  answers(path: string): Promise<boolean>
  close(): Promise<void>
}

/** How to reach an API server. */
export interface Endpoint {
  readonly server: string
  readonly ca: string
  readonly user: Certificate
  /** Requests at once, each on its own connection; 8 by default. */
  readonly connections?: number
}

const parse = (text: string): unknown => (text === '' ? undefined : JSON.parse(text))

function messageOf(body: unknown, fallback: string): string {
  return isRecord(body) && typeof body['message'] === 'string' ? body['message'] : fallback
}

function checked(value: unknown, path: string): KubernetesObject {
  if (!isKubernetesObject(value)) throw new Error(`${path} did not answer with a Kubernetes object.`)
  return value
}

/** A client of one API server. Close it, or let it end with the process. */
export function apiClient({ server, ca, user, connections = 8 }: Endpoint): Api {
  const dispatcher = new Agent({ connections, connect: { ca, cert: user.certificate, key: user.key } })

  async function send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, object?: object) {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const headers = { accept: 'application/json', 'content-type': type }
    const body = object === undefined ? null : JSON.stringify(object)
    const answer = await request(`${server}${path}`, { method, headers, body, dispatcher })
    const content = await answer.body.text()
    if (answer.statusCode < 400) return content
    const message = answer.headers['content-type']?.includes('json') ? messageOf(parse(content), content) : content
    throw new ApiError(answer.statusCode, `${method} ${path}: ${answer.statusCode} ${message}`)
  }

  const api: Api = {
    get: async (path) => parse(await send('GET', path)),
    create: async (path, object) => checked(parse(await send('POST', path, object)), path),
    async ensure(path, object) {
      await send('POST', path, object).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 409)) throw error
      })
    },
    replace: async (path, object) => checked(parse(await send('PUT', path, object)), path),
    merge: async (path, patch) => checked(parse(await send('PATCH', path, patch)), path),
    delete: async (path, options) => void (await send('DELETE', path, options)),
    answers: (path) =>
      send('GET', path).then(
        () => true,
        () => false,
      ),
    close: () => dispatcher.close(),
  }
  return api
}
