import Type, { type Static } from 'typebox'
import { Closed, OneOf, Where } from '../../schema.ts'
import { DiffRow } from './rows.ts'

const Text = (description: string) => Type.String({ description })

const Conflict = Closed({
  manager: Text('Field manager that owns the fields.'),
  fields: Type.Array(Type.String(), { description: 'Fields, as server-side apply names them.' }),
})
export type Conflict = Static<typeof Conflict>

const Refusal = Closed({
  code: Text('Code of the error.'),
  message: Text('What is wrong with it, in the words of the API server where it said so.'),
  next: Type.Optional(Text('What to do about it.')),
})
export type Refusal = Static<typeof Refusal>

/** What applying one object of a manifest would do. */
export const DocumentDiff = Closed({
  index: Type.Integer({ description: 'Position in the manifest, from 1.' }),
  line: Type.Integer({ description: 'Line of the manifest it starts at, from 1.' }),
  apiVersion: Text('apiVersion.'),
  kind: Text('kind.'),
  namespace: Type.Optional(Text('Namespace; absent: its kind has none.')),
  name: Text('Name.'),
  action: OneOf(
    ['create', 'change', 'unchanged', 'refused', 'not-dry-run'],
    'What applying it would do. not-dry-run: that could not be tried; notes say why.',
  ),
  changes: Type.Array(DiffRow, { description: 'Differences between the object now and after it was applied.' }),
  cut: Type.Optional(Type.Integer({ description: 'How many more differences there are.' })),
  conflicts: Type.Optional(
    Type.Array(Conflict, {
      description:
        'Fields that belong to other managers: an apply has to be forced to take them. The changes show it forced.',
    }),
  ),
  warnings: Type.Optional(Type.Array(Type.String(), { description: 'Warnings of the API server.' })),
  error: Type.Optional(Refusal),
  notes: Type.Optional(Type.Array(Type.String(), { description: 'What else to know.' })),
})
export type DocumentDiff = Static<typeof DocumentDiff>

/** What applying a manifest would do, object by object. */
export const ManifestDiff = Closed({
  ...Where,
  summary: Text('How many objects would be created, changed, and so on.'),
  documents: Type.Array(DocumentDiff, { description: 'One entry an object, in the order of the manifest.' }),
})
export type ManifestDiff = Static<typeof ManifestDiff>
