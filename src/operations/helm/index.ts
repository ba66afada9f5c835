import type { Operation } from '../define.ts'
import { getRelease } from './get-release.ts'
import { getReleaseHistory } from './get-release-history.ts'
import { listReleases } from './list-releases.ts'
import { uploadChart } from './upload-chart.ts'

export const helm: readonly Operation[] = [listReleases, getRelease, getReleaseHistory, uploadChart]
