import Type, { type Static } from 'typebox'
import { Closed, KubernetesObject, OneOf } from '../../schema.ts'

const Said = (description: string) => Type.String({ description })
const Words = (description: string) => Type.Array(Type.String(), { description })

const Value = (description: string) =>
  Type.Union([Type.String(), Type.Integer(), Type.Boolean(), Type.Array(Type.String())], { description })

export const TemplateRow = Closed({
  name: Said('Name.'),
  title: Said('Title.'),
  description: Said('What it makes, and when to take it.'),
  kinds: Words('Kinds of its objects.'),
  tags: Words('Words to find it by.'),
  parameters: Words('Names of its parameters: getTemplate tells all of each.'),
})
export type TemplateRow = Static<typeof TemplateRow>

/** A parameter as a form or a caller needs it. */
export const ParameterRow = Closed({
  name: Said('Name.'),
  type: OneOf(['text', 'number', 'flag', 'list'], 'What it takes; a list is a parameter that may come again.'),
  description: Said('What it is.'),
  allowed: Said('What it may be, in words.'),
  choices: Type.Optional(Words('The only values it may have.')),
  minimum: Type.Optional(Type.Integer({ description: 'Least number.' })),
  maximum: Type.Optional(Type.Integer({ description: 'Greatest number, or most entries of the list.' })),
  pairs: Type.Optional(Type.Boolean({ description: 'Entries are NAME=value; a value may have several lines.' })),
  default: Type.Optional(Value('What it is where it is not given. Absent: it may be left out.')),
  value: Type.Optional(Value('What it is in this answer.')),
})
export type ParameterRow = Static<typeof ParameterRow>

const Checked = Closed({
  kind: Said('Kind.'),
  name: Said('Name.'),
  namespace: Type.Optional(Said('Namespace.')),
  accepted: OneOf(['yes', 'no', 'unknown'], 'unknown: it could not be tried; notes say why.'),
  action: OneOf(['create', 'change', 'unchanged', 'refused', 'not-dry-run'], 'What applying it would do.'),
  error: Type.Optional(Said('Why it is refused.')),
  conflicts: Type.Optional(Words('Who else owns fields that it sets.')),
  warnings: Type.Optional(Words('Warnings of the API server.')),
  notes: Type.Optional(Words('What else to know.')),
})

export const Validation = Closed({
  context: Said('Context whose API server was asked.'),
  namespace: Said('Namespace of objects that name none.'),
  summary: Said('How many objects would be created, changed, and so on.'),
  objects: Type.Array(Checked, { description: 'One entry an object, in their order.' }),
})
export type Validation = Static<typeof Validation>

export const FilledTemplate = Closed({
  name: Said('Name of the template.'),
  title: Said('Title.'),
  description: Said('What it makes, and when to take it.'),
  format: OneOf(['yaml', 'json'], 'Format of content.'),
  content: Said('The manifest: what applyManifest takes.'),
  objects: Type.Optional(Type.Array(KubernetesObject, { description: 'The same objects as data, for format json.' })),
  parameters: Type.Array(ParameterRow, { description: 'Every parameter, with its value.' }),
  validation: Type.Optional(Validation),
})
export type FilledTemplate = Static<typeof FilledTemplate>
