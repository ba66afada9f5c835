/** Words of Helm for how a release stands (its package release/common). */
export const RELEASE_STATUSES = [
  'deployed',
  'failed',
  'superseded',
  'uninstalled',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
  'unknown',
] as const
export type ReleaseStatus = (typeof RELEASE_STATUSES)[number]

/** Helm's word for a status; `unknown` for anything else. */
export const statusOf = (word: string | undefined): ReleaseStatus =>
  RELEASE_STATUSES.find((status) => status === word) ?? 'unknown'
