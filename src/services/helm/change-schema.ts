import Type, { type Static } from 'typebox'
import { Closed, OneOf, UNLISTED } from '../../schema.ts'
import { RELEASE_STATUSES } from './status.ts'

const Text = (description: string) => Type.String({ description })
const Some = <T extends Type.TSchema>(type: T) => Type.Optional(type)

const ACTIONS = ['install', 'upgrade', 'rollback', 'uninstall'] as const
/** What is done with a release. */
export type ReleaseAction = (typeof ACTIONS)[number]

/** The longest that Helm may wait, in seconds. */
const LONGEST = 3_600

const waiting = {
  wait: Some(Type.Boolean({ default: false, description: 'Until all is ready.', ...UNLISTED })),
  timeoutSeconds: Some(
    Type.Integer({ minimum: 1, maximum: LONGEST, default: 300, description: 'Seconds for each wait.', ...UNLISTED }),
  ),
}
const forceConflicts = Some(
  Type.Boolean({ default: false, description: 'Take fields of other managers (Helm 4).', ...UNLISTED }),
)
const rollbackOnFailure = Some(
  Type.Boolean({ default: false, description: 'Waits, and puts it back when it fails.', ...UNLISTED }),
)

const chart = (description: string) => Type.String({ minLength: 1, maxLength: 2_000, description })
const fromChart = {
  repo: Some(Type.String({ minLength: 1, maxLength: 2_000, description: 'Repository URL.', ...UNLISTED })),
  version: Some(Type.String({ minLength: 1, maxLength: 100, description: 'Version.', ...UNLISTED })),
  values: Some(Type.Record(Type.String(), Type.Unknown(), { description: 'Values.' })),
  valuesYaml: Some(
    Type.String({ minLength: 1, maxLength: 65_536, description: 'Values as YAML, instead of values.', ...UNLISTED }),
  ),
}

/** Beside context, namespace and name. */
export const InstallInput = {
  chart: chart('oci://, URL, or name with repo.'),
  ...fromChart,
  ...waiting,
  rollbackOnFailure,
  createNamespace: Some(Type.Boolean({ default: false, description: 'The namespace too.', ...UNLISTED })),
  skipCrds: Some(Type.Boolean({ default: false, description: "Not the chart's crds/.", ...UNLISTED })),
}

/** Beside context, namespace and name. */
export const UpgradeInput = {
  chart: Some(chart('As for install.')),
  ...fromChart,
  reuseValues: Some(
    Type.Boolean({
      default: true,
      description: 'Keep its values, given ones over them; false: only the given.',
      ...UNLISTED,
    }),
  ),
  ...waiting,
  rollbackOnFailure,
  forceConflicts,
}

/** Beside context, namespace and name. */
export const RollbackInput = {
  revision: Some(Type.Integer({ minimum: 1, maximum: 999_999_999, description: 'Default: the last good one.' })),
  ...waiting,
  forceConflicts,
}

/** Beside context, namespace and name. */
export const UninstallInput = waiting

export interface Waiting {
  wait?: boolean
  timeoutSeconds?: number
}

interface Named {
  namespace: string
  name: string
}

interface FromChart extends Named, Waiting {
  repo?: string
  version?: string
  values?: Record<string, unknown>
  valuesYaml?: string
  rollbackOnFailure?: boolean
}

export interface InstallQuestion extends FromChart {
  chart: string
  createNamespace?: boolean
  skipCrds?: boolean
}

export interface UpgradeQuestion extends FromChart {
  /** Absent: the chart that the release is made of. */
  chart?: string
  reuseValues?: boolean
  forceConflicts?: boolean
}

export interface RollbackQuestion extends Named, Waiting {
  revision?: number
  forceConflicts?: boolean
}

export interface UninstallQuestion extends Named, Waiting {}

/** What running Helm needs, and what must still be so. */
export const ReleaseSteps = Closed({
  action: OneOf(ACTIONS, 'What is done.'),
  namespace: Type.String(),
  name: Type.String(),
  /** What the binary said of its version: another one would render and apply otherwise. */
  helm: Type.String(),
  /** The newest revision there is, and the uid of what it is stored in; absent before an install. */
  from: Some(Closed({ revision: Type.Integer(), uid: Type.String() })),
  /** Number of the revision that is made; absent: none is (uninstall). */
  revision: Some(Type.Integer()),
  /** SHA-256 (hex) of the stored chart. */
  chart: Some(Type.String()),
  values: Some(Type.Record(Type.String(), Type.Unknown())),
  /** The revision that is rolled back to. */
  to: Some(Type.Integer()),
  /** Hash of what is rendered. */
  manifest: Some(Type.String()),
  /** Whether it was planned without a look at the cluster, and nobody was told that it looks: it must render the same with one. */
  mustMatch: Type.Boolean(),
  wait: Type.Boolean(),
  timeoutSeconds: Type.Integer(),
  rollbackOnFailure: Type.Boolean(),
  createNamespace: Type.Boolean(),
  /** Names of the definitions that an install makes before all else; absent: none. */
  definitions: Some(Type.Array(Type.String())),
  skipCrds: Type.Boolean(),
  forceConflicts: Type.Boolean(),
})
export type ReleaseSteps = Static<typeof ReleaseSteps>

/** What became of a release. */
export const ReleaseResult = Closed({
  namespace: Text('Namespace.'),
  name: Text('Release.'),
  revision: Some(Type.Integer({ description: 'Its newest revision; absent: there is none.' })),
  status: Some(OneOf(RELEASE_STATUSES, "Helm's word for how it stands.")),
  chart: Some(Text('Chart.')),
  chartVersion: Some(Text('Version of the chart.')),
  notes: Some(Text('What the chart says to whoever installed it.')),
  message: Some(Text('What else to know: why it failed, what is left.')),
})
export type ReleaseResult = Static<typeof ReleaseResult>
