import Type, { type Static } from 'typebox'
import { Closed, OneOf, Where } from '../../schema.ts'
import { DiffRow } from '../manifests/rows.ts'
import { RELEASE_STATUSES } from './status.ts'

const Text = (description: string) => Type.String({ description })
const Some = <T extends Type.TSchema>(type: T) => Type.Optional(type)
const Data = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description })
const Labels = Type.Record(Type.String(), Type.String(), { description: "The user's own labels." })

/** The name of a release, by Helm's own rule (its package chart/v2/util, ValidateReleaseName). */
export const ReleaseName = Type.String({
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
  maxLength: 53,
  description: 'Release.',
})

const head = {
  revision: Type.Integer({ description: 'Number of the revision.' }),
  status: OneOf(RELEASE_STATUSES, "Helm's word for how it stands."),
  updated: Some(Text('When it was last deployed (RFC 3339).')),
  chart: Some(Text('Name of the chart.')),
  chartVersion: Some(Text('Version of the chart.')),
  appVersion: Some(Text('Version of what the chart installs.')),
}

/** A release as `helm list` shows it: its newest revision. */
export const ReleaseRow = Closed({
  name: Text('Name.'),
  namespace: Text('Namespace.'),
  ...head,
  advice: Some(Text('Where it is not simply deployed: what that means, and the way out.')),
  problem: Some(Text('Why the stored release cannot be read; then only what its labels say is here.')),
})
export type ReleaseRow = Static<typeof ReleaseRow>

export const ReleaseList = Closed({
  ...Where,
  items: Type.Array(ReleaseRow),
  continue: Some(Text('There is more: pass this to get it.')),
  remaining: Some(Type.Integer({ description: 'How many more there are.' })),
})
export type ReleaseList = Static<typeof ReleaseList>

/** An object of a release as it is in the cluster now. */
export const ReleaseResource = Closed({
  apiVersion: Text('apiVersion.'),
  kind: Text('kind.'),
  namespace: Some(Text('Namespace; absent where its kind has none.')),
  name: Text('Name.'),
  source: Text('Template it came from.'),
  state: OneOf(['present', 'missing', 'unreadable', 'not-read'], 'Whether it is there. not-read: too many objects.'),
  status: Some(Text('How it is, in one line; of what is unreadable: why.')),
  age: Some(Text('Time since creation.')),
})
export type ReleaseResource = Static<typeof ReleaseResource>

const ReleaseHook = Closed({
  kind: Text('kind.'),
  name: Text('Name.'),
  source: Text('Template it came from.'),
  events: Type.Array(Type.String(), { description: 'When it runs: pre-install, test ...' }),
  weight: Type.Integer({ description: 'Order among those of the same event.' }),
  deletePolicies: Type.Array(Type.String(), { description: 'When Helm deletes it.' }),
  outputLogPolicies: Type.Array(Type.String(), { description: 'When Helm prints its log.' }),
  lastRun: Some(
    Closed({
      phase: Text('Unknown, Running, Succeeded or Failed.'),
      started: Some(Text('RFC 3339.')),
      completed: Some(Text('RFC 3339.')),
    }),
  ),
})

export const ReleaseAnswer = Closed({
  context: Text('Context that answered.'),
  namespace: Text('Namespace.'),
  name: Text('Name.'),
  revision: head.revision,
  status: head.status,
  advice: ReleaseRow.properties.advice,
  description: Text('What Helm says of the last change.'),
  firstDeployed: Some(Text('RFC 3339.')),
  lastDeployed: Some(Text('RFC 3339.')),
  deleted: Some(Text('When it was uninstalled (RFC 3339).')),
  rollbackRevision: Some(Type.Integer({ description: 'The revision that it is a rollback to.' })),
  applyMethod: Some(OneOf(['ssa', 'csa'], 'Server-side or client-side apply; absent: client-side.')),
  chart: Closed({
    name: Text('Name.'),
    version: Text('Version.'),
    appVersion: Text('Version of what it installs.'),
    metadata: Data('Chart.yaml: annotations, dependencies and the like.'),
  }),
  labels: Labels,
  values: Data('Values that were given; secret ones masked.'),
  allValues: Some(Data("The same over the chart's defaults.")),
  notes: Text("The chart's notes, rendered."),
  resources: Type.Array(ReleaseResource, { description: 'What it made, as it is now.' }),
  hooks: Type.Array(ReleaseHook, { description: 'What Helm runs around a change; not part of resources.' }),
  manifest: Some(Text('What was rendered, as YAML; secret values masked.')),
  faults: Some(Type.Array(Type.String(), { description: 'Parts of the manifest that could not be read.' })),
})
export type ReleaseAnswer = Static<typeof ReleaseAnswer>

const ObjectChange = Closed({
  target: Text('Kind and name; hooks are marked.'),
  action: OneOf(['create', 'change', 'delete', 'run'], 'What became of it.'),
  changes: Type.Array(DiffRow, { description: 'Field by field.' }),
  cut: Some(Type.Integer({ description: 'How many more changes there are.' })),
})

const Revision = Closed({
  ...head,
  description: Some(Text('What Helm says of the change.')),
  rollbackRevision: Some(Type.Integer({ description: 'The revision that it is a rollback to.' })),
  problem: ReleaseRow.properties.problem,
  since: Some(
    Closed({
      revision: Type.Integer({ description: 'The revision it is compared with: the one before that can be read.' }),
      values: Type.Array(DiffRow, { description: 'Changes of the values given.' }),
      objects: Type.Array(ObjectChange, { description: 'Changes of what was rendered.' }),
      cut: Some(Type.Integer({ description: 'How many more values or objects changed.' })),
    }),
  ),
})
export type Revision = Static<typeof Revision>

export const ReleaseHistory = Closed({
  context: Text('Context that answered.'),
  namespace: Text('Namespace.'),
  name: Text('Name.'),
  advice: ReleaseRow.properties.advice,
  revisions: Type.Array(Revision, { description: 'Newest first.' }),
  remaining: Some(Type.Integer({ description: 'How many older revisions there are.' })),
  note: Text('What is not compared.'),
})
export type ReleaseHistory = Static<typeof ReleaseHistory>
