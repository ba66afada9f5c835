import {
  type ListResourcesResult,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  type ResourceTemplateType,
} from '@modelcontextprotocol/server'
import type { Call } from '../call.ts'
import { type Problem, toProblem } from '../errors.ts'
import type { Operation } from '../operations/define.ts'
import type { Runner } from '../operations/run.ts'
import { scrubPath } from '../services/safety/scrub-path.ts'
import { sentenceOf, visible } from './answer.ts'
import { PAGE_KINDS, type PageKind } from './pages.ts'
import { type ApprovalRow, approvalRows, namedRows } from './rows.ts'
import type { Tools } from './tools.ts'

const ROOT = 'k8s-mcp://cluster/'
const APPROVALS_ROOT = 'k8s-mcp://approvals/'
const LONGEST_URI = 4096
const MOST_RESOURCES = 100

/** Objects that live in a namespace. */
export const NAMESPACED = `${ROOT}{context}/namespaces/{namespace}/{kind}/{name}`
/** Objects that do not. */
export const CLUSTER_SCOPED = `${ROOT}{context}/{kind}/{name}`

/** Changes that were asked for. */
export const APPROVAL = `${APPROVALS_ROOT}{id}`

/** The resource of one approval. */
export const approvalUri = (id: string): string => `${APPROVALS_ROOT}${id}`

const APPROVAL_READ = 'infra.k8s.approvals.getApproval'
const APPROVALS = 'infra.k8s.approvals.listApprovals'
const OBJECT = 'infra.k8s.resources.getResource'
const CLUSTER = 'infra.k8s.cluster.getCluster'
const CONTEXTS = 'infra.k8s.cluster.getContexts'

const APPROVAL_TEMPLATE: ResourceTemplateType = {
  uriTemplate: APPROVAL,
  name: 'approval',
  title: 'Approval',
  description:
    'A change that was asked for: its plan, where it stands, what came of it. Subscribe to be told of each event.',
  mimeType: 'application/json',
}

const TEMPLATES: ResourceTemplateType[] = [
  {
    uriTemplate: NAMESPACED,
    name: 'namespaced-object',
    title: 'Object in a namespace',
    description: 'One object of any kind that lives in a namespace, secret values masked.',
    mimeType: 'application/json',
  },
  {
    uriTemplate: CLUSTER_SCOPED,
    name: 'cluster-object',
    title: 'Cluster-scoped object',
    description:
      'One object of any kind that has no namespace (node, namespace, clusterrole ...), secret values masked.',
    mimeType: 'application/json',
  },
]

/** What MCP calls resources: clusters, their objects, approvals, pages and templates, by URI. Each is read by an operation, as its caller. */
export class Resources {
  readonly #tools: Tools
  readonly #runner: Runner
  constructor(tools: Tools, runner: Runner) {
    this.#tools = tools
    this.#runner = runner
  }

  get templates(): ResourceTemplateType[] {
    const objects = this.#tools.nameOf(OBJECT) === undefined ? [] : TEMPLATES
    const approvals = this.subscribable ? [APPROVAL_TEMPLATE] : []
    return [...objects, ...approvals, ...this.#pageKinds.map(({ template }) => template)]
  }

  get #pageKinds(): PageKind[] {
    return PAGE_KINDS.filter(({ read }) => this.#tools.nameOf(read) !== undefined)
  }

  /** Whether there are resources that a client can be told changes of. */
  get subscribable(): boolean {
    return this.#tools.nameOf(APPROVAL_READ) !== undefined
  }

  /**
   * The caller's open approvals and the clusters of the kubeconfig, at most 100 each, then the product's own pages and the templates:
   * objects and official pages are too many to list and have templates.
   */
  async list(call: Call): Promise<ListResourcesResult> {
    const [approvals, clusters, ...pages] = await Promise.all([
      this.#approvals(call),
      this.#clusters(call),
      ...this.#pageKinds.map((kind) => this.#pages(kind, call)),
    ])
    return { resources: [...approvals, ...clusters, ...pages.flat()] }
  }

  // Where they were not built there are none; everything else is listed all the same.
  async #pages(kind: PageKind, call: Call): Promise<ListResourcesResult['resources']> {
    const operation = this.#tools.find(kind.list)
    if (operation === undefined) return []
    const answer = await this.#runner.answer(operation, kind.listed, call).catch(() => undefined)
    return namedRows(answer?.output).map((row) => kind.resourceOf(row))
  }

  async #clusters(call: Call): Promise<ListResourcesResult['resources']> {
    const operation = this.#tools.nameOf(CLUSTER) === undefined ? undefined : this.#tools.find(CONTEXTS)
    if (operation === undefined) return []
    const { output } = await this.#runner.answer(operation, {}, call).catch(refuse(call, CONTEXTS))
    return namedRows(output)
      .slice(0, MOST_RESOURCES)
      .map((row) => clusterResource(row.name))
  }

  // Where the store cannot be read there are no approvals; clusters are listed all the same.
  async #approvals(call: Call): Promise<ListResourcesResult['resources']> {
    const operation = this.#tools.nameOf(APPROVALS) === undefined ? undefined : this.#tools.find(APPROVALS)
    if (operation === undefined) return []
    const input = { state: 'open', limit: MOST_RESOURCES }
    const answer = await this.#runner.answer(operation, input, call).catch(() => undefined)
    return approvalRows(answer?.output).map(approvalResource)
  }

  /** Throws unless the URI is a resource that the caller may read and that is known to change. */
  async mustChange(uri: string, call: Call): Promise<void> {
    if (!uri.startsWith(APPROVALS_ROOT))
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Only approvals can be subscribed to: ${APPROVAL}`)
    await this.read(uri, call)
  }

  /** Throws `Resource not found` for a URI that is none of ours, and for an object that does not exist. */
  async read(uri: string, call: Call): Promise<ReadResourceResult> {
    const target = targetOf(uri)
    const operation = target === undefined ? undefined : this.#tools.find(target.operation)
    if (target === undefined || operation === undefined)
      throw new ResourceNotFoundError(scrubPath(uri).slice(0, LONGEST_URI))
    const answer = await this.#runner.answer(operation, target.input, call).catch(refuse(call, scrubPath(uri)))
    return { contents: [{ uri, ...contentOf(operation, target.input, answer.output) }] }
  }
}

/** The document that the operation makes of its answer where one was asked for, else the answer itself. */
function contentOf(operation: Operation, input: Readonly<Record<string, string>>, output: unknown) {
  const documents = operation.kind === 'read' ? operation.documents : undefined
  const type = documents?.types[input[documents.parameter] ?? '']
  if (documents !== undefined && type !== undefined)
    return { mimeType: type.split(';')[0] ?? type, text: documents.text(output) }
  const content = objectOf(output) ?? output
  const { json } = visible({ output: content, json: JSON.stringify(content) })
  return { mimeType: 'application/json', text: json }
}

const clusterResource = (context: string) => ({
  uri: `${ROOT}${encodeURIComponent(context)}`,
  name: context,
  title: `Cluster ${context}`,
  description: 'Version, health, nodes and capacity of the cluster behind this context.',
  mimeType: 'application/json',
})

// Only what is ours: summaries name objects, which others have named.
const approvalResource = ({ id, state, operation }: ApprovalRow) => ({
  uri: approvalUri(id),
  name: id,
  title: operation,
  description: `A change that was asked for; it is ${state}.`,
  mimeType: 'application/json',
})

interface Target {
  operation: string
  input: Record<string, string>
}

function targetOf(uri: string): Target | undefined {
  if (uri.length > LONGEST_URI) return undefined
  for (const kind of PAGE_KINDS) {
    const input = kind.inputOf(uri)
    if (input !== undefined) return { operation: kind.read, input }
  }
  if (uri.startsWith(APPROVALS_ROOT)) return approvalTarget(uri.slice(APPROVALS_ROOT.length))
  const [context, ...path] = segmentsOf(uri)
  if (context === undefined) return undefined
  if (path.length === 0) return { operation: CLUSTER, input: { context } }
  const [first, second, third, fourth, ...more] = path
  if (first === undefined || second === undefined || more.length > 0) return undefined
  if (third === undefined) return { operation: OBJECT, input: { context, kind: first, name: second } }
  if (first !== 'namespaces' || fourth === undefined) return undefined
  return { operation: OBJECT, input: { context, namespace: second, kind: third, name: fourth } }
}

const approvalTarget = (id: string): Target | undefined =>
  /^[A-Za-z0-9_]{1,64}$/.test(id) ? { operation: APPROVAL_READ, input: { id } } : undefined

// Split by hand, decoded once: URL would resolve `..` before anybody could refuse it. What a segment may be the operation's
// schema says, as for every other caller.
function segmentsOf(uri: string): string[] {
  if (!uri.startsWith(ROOT)) return []
  try {
    return uri.slice(ROOT.length).split('/').map(decodeURIComponent)
  } catch {
    return []
  }
}

const objectOf = (output: unknown): unknown =>
  typeof output === 'object' && output !== null && 'object' in output ? output.object : undefined

/** Throws a refusal as MCP has it (2026-07-28, server/resources, error handling): -32602 where there is nothing, -32603 where reading failed. */
export const refuse =
  ({ correlationId }: Call, uri: string) =>
  (error: unknown): never => {
    const problem = toProblem(error, correlationId)
    if (problem.status === 404) throw new ResourceNotFoundError(uri, sentenceOf(problem))
    throw new ProtocolError(rpcCodeOf(problem), sentenceOf(problem), {
      uri,
      code: problem.code,
      correlation_id: correlationId,
    })
  }

const rpcCodeOf = ({ status }: Problem) =>
  status >= 500 ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams
