import type { Operation } from '../define.ts'
import { getRelease } from './get-release.ts'
import { getReleaseHistory } from './get-release-history.ts'
import { installChart } from './install-chart.ts'
import { listReleases } from './list-releases.ts'
import { rollbackRelease } from './rollback-release.ts'
import { uninstallRelease } from './uninstall-release.ts'
import { upgradeChart } from './upgrade-chart.ts'
import { uploadChart } from './upload-chart.ts'

export const helm: readonly Operation[] = [
  listReleases,
  getRelease,
  getReleaseHistory,
  installChart,
  upgradeChart,
  rollbackRelease,
  uninstallRelease,
  uploadChart,
]
