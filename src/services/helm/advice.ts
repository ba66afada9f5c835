import type { ReleaseHead } from './head.ts'
import type { ReleaseStatus } from './status.ts'

/** What is known of a release that may not have come to its end. */
export interface Standing {
  status: ReleaseStatus
  /** When its last change began (RFC 3339), where its payload says so. */
  updated: string | undefined
  /** Last write of what is stored, in seconds since 1970: stands in where the payload says nothing. */
  written: number | undefined
  /** The newest earlier revision that was deployed; undefined where there is none. */
  good: number | undefined
}

type Advice = (standing: Standing) => string

const UNFINISHED =
  'Either it still runs, or whoever ran it died; until it ends Helm refuses every upgrade of this release.'

const ADVICE: Partial<Record<ReleaseStatus, Advice>> = {
  'pending-install': (standing) =>
    `An install began${at(standing)} and has not ended. ${UNFINISHED} If nothing runs any more, uninstallRelease takes away what there is of it, and installChart begins again.`,
  'pending-upgrade': (standing) =>
    `An upgrade began${at(standing)} and has not ended. ${UNFINISHED} If nothing runs any more, ${back(standing)}.`,
  'pending-rollback': (standing) =>
    `A rollback began${at(standing)} and has not ended. ${UNFINISHED} If nothing runs any more, ${back(standing)}.`,
  uninstalling: (standing) =>
    `An uninstall began after the last deployment${at(standing)} and has not ended. If nothing runs any more, uninstallRelease takes away the rest.`,
  failed: (standing) =>
    `The last change failed; some of its objects may be there. upgradeChart tries again, or ${back(standing)}.`,
  superseded: () =>
    'The newest revision that is kept was replaced by one that is gone: somebody deleted what Helm had stored of it. upgradeChart makes a new one.',
  unknown: () => 'Its status is none that Helm knows. getReleaseHistory shows its revisions.',
}

function at({ updated, written }: Standing): string {
  const since = updated ?? (written === undefined ? undefined : new Date(written * 1000).toISOString())
  return since === undefined ? '' : ` at ${since}`
}

const back = ({ good }: Standing) =>
  good === undefined
    ? 'uninstallRelease takes it away (no revision of it was ever deployed)'
    : `rollbackRelease to revision ${good}, the last that was deployed, puts it right`

/** What the state of a release means and which operation leads out of it; undefined where there is nothing to do. */
export const adviceOn = (standing: Standing): string | undefined => ADVICE[standing.status]?.(standing)

/** The newest revision before `head` that was deployed. */
export const goodBefore = (head: ReleaseHead, heads: readonly ReleaseHead[]): number | undefined =>
  heads
    .filter(({ status, revision }) => revision < head.revision && (status === 'deployed' || status === 'superseded'))
    .map(({ revision }) => revision)
    .toSorted((a, b) => b - a)[0]
