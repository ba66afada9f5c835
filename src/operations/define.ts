import Type, { type Static, type TObject, type TProperties } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { Door } from '../call.ts'
import { ApprovalView } from '../services/approvals/view.ts'
import type { Planning } from '../services/changes/compose.ts'
import type { Done, Evidence, Execution, Plan } from '../services/changes/plan.ts'
import type { Services } from '../services/index.ts'
import { approvalLead, approvalText } from './approvals/text.ts'

/** `infra.k8s.<group>.<operation>`; what stands between is the toolset (`server` where nothing does). */
export type OperationName = `infra.k8s.${string}`

interface Described<P extends TProperties, O extends TObject> {
  name: OperationName
  /** A few words: OpenAPI summary, MCP title. */
  title: string
  /** What it does and answers, under 2 KB: OpenAPI and MCP description. */
  description: string
  input: TObject<P>
  output: O
  /** Whether callers without any credential may have it, also beyond loopback: only what says nothing of a cluster. */
  public?: boolean
  /** Whether answers are text of this product or of Kubernetes' documentation, never of a cluster: nothing in them is masked. */
  ownText?: boolean
  /** Field that REST fills from a body sent as `application/yaml`, the other fields then being in the query. */
  yamlBody?: keyof P & string
  /** Field that REST fills, as base64, from a body sent as `application/gzip`, which is then the only one it takes. */
  gzipBody?: keyof P & string
  /** Texts that may hold secrets no scanner finds: the log has only their size. */
  unlogged?: readonly (keyof P & string)[]
}

interface ReadDefinition<P extends TProperties, O extends TObject> extends Described<P, O> {
  handle(input: Static<TObject<P>>, services: Services): Promise<Static<O>>
  /** The compact text a model sees, after the lead where there is one. */
  text(output: Static<O>): string
  /** First lines of the text that are ours alone, with not a word that others wrote: they stand before what is marked as untrusted. */
  lead?(output: Static<O>): string
  /**
   * Whether the answer carries text that workloads and users wrote (logs, events, names, annotations): MCP marks it as data, not
   * instructions. Default: true for every group that reads a cluster.
   */
  untrusted?: boolean
  /** Whether this answer has text of a cluster in it, where most of its kind have none: it is masked and marked all the same. */
  ofCluster?(output: Static<O>): boolean
  /** What REST sends unless JSON is asked for, where a read has an established text form (logs, Prometheus). */
  plain?: Plain<Static<O>>
  /** Values of one parameter for which the answer is a document of its own: REST sends it with its media type. */
  documents?: Documents<Static<O>>
  /** Further parameters of which only the others say what they are. REST takes them in the query, beside those that are declared. */
  further?: Further<keyof P & string>
  /** The same read without an end: events for as long as the caller stays. REST only. */
  stream?: Stream<Static<TObject<P>>>
}

interface Documents<O> {
  parameter: string
  /** Media type of a value. A client that accepts only that type need not give the parameter. */
  types: Readonly<Record<string, string>>
  text(output: O): string
}

interface Further<F extends string = string> {
  /** The field that holds them, an object. */
  field: F
  /** Their schema, by the declared ones; undefined: nobody knows, they stay text. */
  schema(input: Readonly<Record<string, unknown>>): Promise<TObject | undefined>
}

interface Plain<O> {
  /** Media type. */
  type: string
  render(output: O): string
}

/** One event of a stream: a line of a plain-text stream, an event of Server-Sent Events (HTML Living Standard 9.2). */
export interface StreamEvent {
  event?: string
  id?: string
  data: string
}

interface Stream<I> {
  /** Whether this input asks for the stream. */
  when(input: I): boolean
  /** Parameter that says after which event it goes on: what a client sends as Last-Event-ID (HTML Living Standard 9.2.4). */
  resume?: string
  open(input: I, services: Services): AsyncIterable<StreamEvent>
}

/** What a change does to the world. Required: a hint that is forgotten is a hint that lies. */
export interface Effect {
  destructive: boolean
  idempotent: boolean
}

interface ChangeDefinition<P extends TProperties, O extends TObject, S extends TObject> extends Described<P, O> {
  effect: Effect
  /** What it changes: a cluster, or only a setting of its caller. */
  changes: 'cluster' | 'setting'
  /** Schema of what `execute` needs. It is stored, and checked again when it comes back from the store. */
  steps: S
  /** Reads only: what would happen, and the steps that would do it. Asked again just before it runs, and compared. */
  plan(input: Static<TObject<P>>, services: Services, planning: Planning): Promise<Plan<Static<S>>>
  /**
   * Called after approval, with the stored steps and the plan that was just made again. Awaits `execution.beforeSend` before each write.
   * Throws `Stale`, `Refused`, `Unproven`; anything else counts as not proved.
   */
  execute(steps: Static<S>, services: Services, execution: Execution, fresh: Plan<Static<S>>): Promise<Done<Static<O>>>
  /** Reads what became of a run whose end nobody saw. `processGroup`: where it ran as a program of its own. */
  evidence(steps: Static<S>, services: Services, executionId: string, processGroup?: string): Promise<Evidence>
}

/** Another change that is asked for instead: its plan, its policy, its approval. */
export interface Instead {
  operation: OperationName
  input: unknown
}

interface RedirectDefinition<P extends TProperties> extends Omit<Described<P, TObject>, 'output'> {
  effect: Effect
  instead(input: Static<TObject<P>>, services: Services): Promise<Instead>
}

interface DecisionDefinition<P extends TProperties, O extends TObject> extends Described<P, O> {
  /** Doors that offer it. A decision about an approval never names `mcp` or `stdio`. */
  doors: readonly Door[]
  /** Whose credential may decide. */
  by: 'person' | 'requester'
  handle(input: Static<TObject<P>>, services: Services): Promise<Static<O>>
  text(output: Static<O>): string
  /** As of a read. */
  lead?(output: Static<O>): string
}

// What the rest of the program sees: no generics but the input, values checked by the validators.
interface Common<I extends TObject> {
  name: OperationName
  title: string
  description: string
  input: I
  output: TObject
  public?: boolean
  ownText?: boolean
  unlogged?: readonly string[]
  yamlBody?: string
  gzipBody?: string
  text(output: unknown): string
  lead?(output: unknown): string
  /** Checks the input and fills in defaults. */
  parse(): Validator
  /** Checks the output, and removes what is not declared. */
  clean(): Validator
}

/** An operation that changes nothing. */
export interface Read<I extends TObject = TObject> extends Common<I> {
  kind: 'read'
  handle(input: unknown, services: Services): Promise<unknown>
  untrusted?: boolean
  ofCluster?(output: unknown): boolean
  plain?: Plain<unknown>
  documents?: Documents<unknown>
  further?: Further
  stream?: Stream<unknown>
}

/** An operation that waits for a person's approval. */
export interface PlannedChange<I extends TObject = TObject> extends Common<I> {
  kind: 'change'
  effect: Effect
  changes: 'cluster' | 'setting'
  stepsOf(): Validator
  plan(input: unknown, services: Services, planning: Planning): Promise<Plan<unknown>>
  execute(steps: unknown, services: Services, execution: Execution, fresh: Plan<unknown>): Promise<Done<unknown>>
  evidence(steps: unknown, services: Services, executionId: string, processGroup?: string): Promise<Evidence>
}

/** An operation that asks for another change. */
export interface RedirectedChange<I extends TObject = TObject> extends Common<I> {
  kind: 'change'
  effect: Effect
  instead(input: unknown, services: Services): Promise<Instead>
}

export type Change<I extends TObject = TObject> = PlannedChange<I> | RedirectedChange<I>

/** An operation on our own state that needs no approval, only the right caller at the right door. */
export interface Decision<I extends TObject = TObject> extends Common<I> {
  kind: 'decision'
  doors: readonly Door[]
  by: 'person' | 'requester'
  handle(input: unknown, services: Services): Promise<unknown>
}

export type Operation = Read | Change | Decision

/** Defines a read. Its input root is closed: unknown parameters are refused everywhere. */
export function defineRead<P extends TProperties, O extends TObject>(
  definition: ReadDefinition<P, O>,
): Read<TObject<P>> {
  return { kind: 'read', ...definition, ...closed(definition.input), clean: lazily(definition.output) }
}

/** Defines a change. Its answer is an approval that carries the output once it is done. */
export function defineChange<P extends TProperties, O extends TObject, S extends TObject>(
  definition: ChangeDefinition<P, O, S>,
): PlannedChange<TObject<P>> {
  const output = approvalOf(definition.output)
  const stepsOf = lazily(definition.steps)
  return {
    kind: 'change',
    ...definition,
    ...closed(definition.input),
    output,
    clean: lazily(output),
    stepsOf,
    text: approvalText,
    lead: approvalLead,
  }
}

/** Defines a change that is another one. */
export function defineRedirect<P extends TProperties>(definition: RedirectDefinition<P>): RedirectedChange<TObject<P>> {
  return {
    kind: 'change',
    ...definition,
    ...closed(definition.input),
    output: ApprovalView,
    text: approvalText,
    lead: approvalLead,
    clean: lazily(ApprovalView),
  }
}

const approvalOf = (result: TObject): TObject =>
  Type.Object({ ...ApprovalView.properties, result: Type.Optional(result) }, { additionalProperties: false })

/** Defines a decision: our own state, its doors declared, no approval. */
export function defineDecision<P extends TProperties, O extends TObject>(
  definition: DecisionDefinition<P, O>,
): Decision<TObject<P>> {
  return { kind: 'decision', ...definition, ...closed(definition.input), clean: lazily(definition.output) }
}

// Unknown parameters are refused everywhere because the root is closed here, not in forty definitions.
function closed<P extends TProperties>(input: TObject<P>): Pick<Common<TObject<P>>, 'input' | 'parse'> {
  // Type.Object, never a spread: TypeBox keeps ~kind and ~optional non-enumerable, and Default and Clean do nothing without them.
  const sealed = Type.Object(input.properties, { additionalProperties: false })
  return { input: sealed, parse: lazily(sealed) }
}

// Compiled when first used: all of them at once would cost the start 70 ms and 13 MB.
function lazily(schema: TObject): () => Validator {
  let validator: Validator | undefined
  return () => (validator ??= Compile(schema))
}

/** The group an operation belongs to: the word after `infra.k8s.`, `server` for the three that have none. */
export function groupOf(operation: { name: string }): string {
  const words = operation.name.split('.')
  return words.length > 3 ? (words[2] ?? 'server') : 'server'
}

export const isOperationName = (name: string): name is OperationName => name.startsWith('infra.k8s.')
