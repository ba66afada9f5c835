import type { Cluster } from '../cluster.ts'
import type { HelmBinary } from './binary.ts'
import type { Charts } from './charts.ts'
import type { ReleaseStorage } from './storage.ts'

/** What changes of releases are made with. */
export interface HelmTools {
  cluster: Cluster
  binary: HelmBinary
  charts: Charts
  storage: ReleaseStorage
  /** Names of charts that may render differently each time. */
  unstable: readonly string[]
}

/** Label of a revision that this server made: which execution it was. A revision after it inherits the label. */
export const EXECUTION_LABEL = 'k8s-mcp/execution'
/** Label of the same: the first 63 characters of its chart's SHA-256, which is as many as a label may have. */
export const CHART_LABEL = 'k8s-mcp/chart'

/** What a chart's SHA-256 is in {@link CHART_LABEL}. */
export const chartLabel = (sha256: string): string => sha256.slice(0, 63)

/** Description of a revision that an execution made: it is in no other revision. */
export const descriptionOf = (executionId: string): string => `k8s-mcp execution ${executionId}`
