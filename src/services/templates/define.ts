import Type, { type Static, type TObject, type TProperties } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { KubeObject } from '../../kubernetes/types.ts'

interface TemplateDefinition<P extends TProperties> {
  /** Stable: it is part of addresses. */
  name: string
  title: string
  /** What it makes and when to take it, in a sentence or two. */
  description: string
  /** Kinds of its objects, in their order, each once. */
  kinds: readonly string[]
  /** Words people look for. */
  tags: readonly string[]
  /** Each has a default or may be left out: the template works without any. */
  parameters: TObject<P>
  /** What is wrong with values that are all right one by one, as a sentence without its subject; undefined: nothing. */
  check?(values: Static<TObject<P>>): string | undefined
  /** A pure function of the values. */
  objects(values: Static<TObject<P>>): KubeObject[]
}

/** A template as the rest of the program sees it. `values` are what `checker` passes, else a TypeError. */
export interface Template {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly kinds: readonly string[]
  readonly tags: readonly string[]
  readonly parameters: TObject
  /** What is wrong with values that are all right one by one. */
  check(values: unknown): string | undefined
  objects(values: unknown): KubeObject[]
  /** Checks values and fills in defaults. */
  checker(): Validator
}

/** Defines a template. Its parameters are closed: an unknown one is refused. */
export function defineTemplate<P extends TProperties>(definition: TemplateDefinition<P>): Template {
  const { name, title, description, kinds, tags } = definition
  const parameters = Type.Object(definition.parameters.properties, { additionalProperties: false })
  const compile = () => Compile(parameters)
  let made: ReturnType<typeof compile> | undefined
  const checker = () => (made ??= compile())
  const passed = (values: unknown): Static<TObject<P>> => {
    if (checker().Check(values)) return values
    throw new TypeError(`values of the template ${name} that were not checked`)
  }
  return {
    name,
    title,
    description,
    kinds,
    tags,
    parameters,
    checker,
    check: (values) => definition.check?.(passed(values)),
    objects: (values) => definition.objects(passed(values)),
  }
}
