import Type, { type Static, type TObject, type TProperties } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { Door } from '../call.ts'
import type { Services } from '../services/index.ts'
import { Approval, type Plan } from './schemas.ts'

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
  /** Field that REST fills from a body sent as `application/yaml`, the other fields then being in the query. */
  yamlBody?: keyof P & string
}

interface ReadDefinition<P extends TProperties, O extends TObject> extends Described<P, O> {
  handle(input: Static<TObject<P>>, services: Services): Promise<Static<O>>
  /** The compact text a model sees. */
  text(output: Static<O>): string
  /**
   * Whether the answer carries text that workloads and users wrote (logs, events, names, annotations): MCP marks it as data, not
   * instructions. Default: true for every group that reads a cluster.
   */
  untrusted?: boolean
  /** What REST sends unless JSON is asked for, where a read has an established text form (logs, Prometheus). */
  plain?: Plain<Static<O>>
  /** The same read without an end: events for as long as the caller stays. REST only. */
  stream?: Stream<Static<TObject<P>>>
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
  open(input: I, services: Services): AsyncIterable<StreamEvent>
}

/** What a change does to the world. Required: a hint that is forgotten is a hint that lies. */
export interface Effect {
  destructive: boolean
  idempotent: boolean
}

interface ChangeDefinition<P extends TProperties, O extends TObject, S extends TObject> extends Described<P, O> {
  effect: Effect
  /** Schema of what `execute` needs. It is stored, and checked again when it comes back from the store. */
  steps: S
  /** Reads only: what would happen, and the steps that would do it. */
  plan(input: Static<TObject<P>>, services: Services): Promise<Plan & { steps: Static<S> }>
  /** Called after approval, with the stored steps and nothing else. */
  execute(steps: Static<S>, services: Services): Promise<Static<O>>
}

interface DecisionDefinition<P extends TProperties, O extends TObject> extends Described<P, O> {
  /** Doors that offer it. A decision about an approval never names `mcp` or `stdio`. */
  doors: readonly Door[]
  /** Whose credential may decide. */
  by: 'person' | 'requester'
  handle(input: Static<TObject<P>>, services: Services): Promise<Static<O>>
  text(output: Static<O>): string
}

// What the rest of the program sees: no generics but the input, values checked by the validators.
interface Common<I extends TObject> {
  name: OperationName
  title: string
  description: string
  input: I
  output: TObject
  yamlBody?: string
  /** Checks the input and fills in defaults. */
  parse(): Validator
  /** Checks the output, and removes what is not declared. */
  clean(): Validator
}

/** An operation that changes nothing. */
export interface Read<I extends TObject = TObject> extends Common<I> {
  kind: 'read'
  handle(input: unknown, services: Services): Promise<unknown>
  text(output: unknown): string
  untrusted?: boolean
  plain?: Plain<unknown>
  stream?: Stream<unknown>
}

/** An operation that waits for a person's approval. */
export interface Change<I extends TObject = TObject> extends Common<I> {
  kind: 'change'
  effect: Effect
  stepsOf(): Validator
  plan(input: unknown, services: Services): Promise<Plan & { steps: unknown }>
  execute(steps: unknown, services: Services): Promise<unknown>
}

/** An operation on our own state that needs no approval, only the right caller at the right door. */
export interface Decision<I extends TObject = TObject> extends Common<I> {
  kind: 'decision'
  doors: readonly Door[]
  by: 'person' | 'requester'
  handle(input: unknown, services: Services): Promise<unknown>
  text(output: unknown): string
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
): Change<TObject<P>> {
  const output = Approval(definition.output)
  const stepsOf = lazily(definition.steps)
  return { kind: 'change', ...definition, ...closed(definition.input), output, clean: lazily(output), stepsOf }
}

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
