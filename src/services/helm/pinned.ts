import { problems } from '../../errors.ts'
import type { Planning } from '../changes/compose.ts'
import type { Warning } from '../changes/plan.ts'
import { textAt } from '../describe/read.ts'
import type { Waiting } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import type { ChartRef, PinnedChart } from './charts.ts'
import { type Rendering, spoken } from './render.ts'
import { MOST_STORED } from './stored-size.ts'

// What the plans of an install and of an upgrade have in common.

const MOST_NAMED = 10

/** The chart of a plan: of one that is made again, the one that was approved, whatever its source has by now. */
export function pinnedChart(
  { charts, cluster }: HelmTools,
  { chart, repo, version }: ChartRef,
  { approved }: Planning,
): Promise<PinnedChart> {
  const sha256 = textAt(approved, 'chart')
  if (sha256 !== undefined) return charts.pinned(sha256)
  const ref = { chart, ...(repo === undefined ? {} : { repo }), ...(version === undefined ? {} : { version }) }
  return charts.pin(ref, cluster.call.signal)
}

interface Manner extends Waiting {
  rollbackOnFailure?: boolean
  forceConflicts?: boolean
}

/** How Helm is to run. Rolling back on failure waits: it is the wait that fails. */
export const mannerOf = ({
  wait = false,
  timeoutSeconds = 300,
  rollbackOnFailure = false,
  forceConflicts = false,
}: Manner) => ({
  wait: wait || rollbackOnFailure,
  timeoutSeconds,
  rollbackOnFailure,
  forceConflicts,
  createNamespace: false,
  skipCrds: false,
  mustMatch: false,
})

/**
 * Whether a chart must be shown, before it runs, to make nothing else with a look at the cluster: where it could look and nobody is told
 * of it, and where the requester is limited to namespaces, beyond which something else could be.
 */
export function mustMatchOf({ cluster }: HelmTools, { lookingUp }: Rendering): boolean {
  const isLimited = cluster.call.grant.scope.namespaces !== undefined
  return lookingUp.may && (lookingUp.files.length === 0 || isLimited)
}

/** Which chart it is, for the approver. */
export const chartNote = ({ name, version, appVersion, sha256, files }: PinnedChart): string =>
  `Chart ${name} ${version}${appVersion === undefined ? '' : ` (app ${appVersion})`}, ${files} files, sha256:${sha256}: these bytes are what Helm is given.`

/** Throws `object_too_large` where Helm could not store the release. */
export function assertFits({ size }: Rendering): void {
  if (size > MOST_STORED) throw problems.objectTooLarge(RELEASE, '1 MiB', LESS)
}

const RELEASE = 'What Helm stores of the release (chart, values and manifest, in one object)'
const LESS = 'Leave out of the chart what it does not need (.helmignore), or split it into several charts.'

/** What of a rendering is not decided yet. */
export function openWarnings({ open, lookingUp }: Rendering): Warning[] {
  const restless = [...open].map(([key, paths]) => ({
    code: 'chart_unstable',
    risk: 'high' as const,
    text: `${spoken(key)}: ${paths.slice(0, MOST_NAMED).join(', ')} differ each time the chart is rendered: what is shown of them is not what will be there.`,
  }))
  return [...restless, ...lookedUp(lookingUp.files)]
}

function lookedUp(files: readonly string[]): Warning[] {
  if (files.length === 0) return []
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : ''
  const named = `${files.slice(0, MOST_NAMED).join(', ')}${more}`
  const text = `The chart looks things up in the cluster when Helm runs (${named}). For this plan nothing was looked up: fields and objects may be other ones then.`
  return [{ code: 'chart_looks_up', risk: 'high', text }]
}
