import Type, { type Static } from 'typebox'
import { Closed, OneOf } from '../../../schema.ts'

/** Where an answer is from. */
export const ReferenceSource = Closed({
  from: OneOf(
    ['cluster', 'built-in', 'imported'],
    'The connected cluster, the reference that comes along, or a file that was imported.',
  ),
  version: Type.String({ description: 'Version of Kubernetes it is of.' }),
  context: Type.Optional(Type.String({ description: 'Context of the cluster.' })),
  clusterVersion: Type.Optional(Type.String({ description: 'Version of the connected cluster, where it is another.' })),
  notes: Type.Array(Type.String(), { description: 'What to know about it.' }),
})
export type ReferenceSource = Static<typeof ReferenceSource>

const KindRow = Closed({
  kind: Type.String({ description: 'Kind.' }),
  name: Type.String({ description: 'Plural, as it stands in paths.' }),
  fullName: Type.String({ description: 'name.version.group: what explain takes without a doubt.' }),
  apiVersion: Type.String({ description: 'apiVersion of its objects.' }),
  group: Type.String({ description: 'API group; empty: core.' }),
  version: Type.String({ description: 'Version of the group.' }),
  namespaced: Type.Boolean({ description: 'Whether its objects are in namespaces.' }),
  shortNames: Type.Array(Type.String(), { description: 'Short names.' }),
  verbs: Type.Array(Type.String(), { description: 'What can be done with it.' }),
  custom: Type.Boolean({ description: 'Whether it came with a CustomResourceDefinition or another API server.' }),
})
export type KindRow = Static<typeof KindRow>

export const KindList = Closed({
  source: ReferenceSource,
  versions: Type.Array(Type.String(), { description: 'Versions there is a reference of, without a cluster.' }),
  kinds: Type.Array(KindRow, { description: 'Every kind, in the order the API server prefers them.' }),
  unavailable: Type.Array(Type.String(), { description: 'Group versions that do not answer.' }),
})
export type KindList = Static<typeof KindList>

const field = {
  path: Type.String({ description: 'Path from the kind: spec.containers.image.' }),
  type: Type.String({
    description: 'string, integer, number, boolean, Object, any, a type name; []T: list; map[string]T: map.',
  }),
  format: Type.Optional(
    Type.String({ description: 'Format of it, or of its elements: int32, date-time, quantity ...' }),
  ),
  list: Type.Optional(Type.String({ description: 'Type of the items of a list.' })),
  map: Type.Optional(Type.String({ description: 'Type of the values of a map.' })),
  required: Type.Boolean({ description: 'Whether it must be there.' }),
  description: Type.String({ description: 'What it is.' }),
  enum: Type.Optional(Type.Array(Type.Unknown(), { description: 'The values it takes.' })),
  default: Type.Optional(
    Type.Unsafe<unknown>(
      Type.Union(
        [
          Type.String(),
          Type.Number(),
          Type.Boolean(),
          Type.Array(Type.Unknown()),
          Type.Record(Type.String(), Type.Unknown()),
        ],
        { description: 'What holds where it is left out.' },
      ),
    ),
  ),
  rules: Type.Optional(Type.Array(Type.String(), { description: 'Further conditions.' })),
  hasFields: Type.Boolean({ description: 'Whether it has fields of its own.' }),
}

export const FieldView = Closed({
  name: Type.String({ description: 'Field.' }),
  ...field,
  depth: Type.Integer({ description: 'Steps below what was asked about; 1: its own field.' }),
  folded: Type.Optional(Type.String({ description: 'Why fields below it are not in a recursive answer.' })),
})
export type FieldView = Static<typeof FieldView>

export const Explained = Closed({
  kind: Type.String({ description: 'Kind.' }),
  apiVersion: Type.String({ description: 'apiVersion of its objects.' }),
  group: KindRow.properties.group,
  version: KindRow.properties.version,
  name: KindRow.properties.name,
  fullName: KindRow.properties.fullName,
  namespaced: KindRow.properties.namespaced,
  shortNames: KindRow.properties.shortNames,
  verbs: KindRow.properties.verbs,
  source: ReferenceSource,
  ...field,
  typeDescription: Type.Optional(Type.String({ description: 'What its type is, where that says more.' })),
  fields: Type.Array(FieldView, { description: 'Its fields; with recursive, in the order of the tree.' }),
  usedBy: Type.Array(
    Closed({
      kind: Type.String({ description: 'Kind.' }),
      fullName: KindRow.properties.fullName,
      path: Type.String({ description: 'Where it has this type.' }),
    }),
    { description: 'Kinds that hold the same type, each with its shortest path.' },
  ),
  also: Type.Array(Type.String(), { description: 'The same word in other versions and groups, as full names.' }),
})
export type Explained = Static<typeof Explained>

export type FieldFacts = Omit<FieldView, 'name' | 'depth' | 'folded'>
