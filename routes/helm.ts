import { routes } from '../src/http/page.ts'
import { getRelease } from '../src/operations/helm/get-release.ts'
import { getReleaseHistory } from '../src/operations/helm/get-release-history.ts'
import { installChart } from '../src/operations/helm/install-chart.ts'
import { listReleases } from '../src/operations/helm/list-releases.ts'
import { rollbackRelease } from '../src/operations/helm/rollback-release.ts'
import { uninstallRelease } from '../src/operations/helm/uninstall-release.ts'
import { upgradeChart } from '../src/operations/helm/upgrade-chart.ts'
import { uploadChart } from '../src/operations/helm/upload-chart.ts'

export default routes('helm', {
  'GET /cluster/helm/releases': listReleases,
  'GET /cluster/helm/release/:namespace/:name': getRelease,
  'GET /cluster/helm/release/:namespace/:name/history': getReleaseHistory,
  'POST /cluster/helm/releases': installChart,
  'PUT /cluster/helm/release/:namespace/:name': upgradeChart,
  'POST /cluster/helm/release/:namespace/:name/rollback': rollbackRelease,
  'DELETE /cluster/helm/release/:namespace/:name': uninstallRelease,
  'POST /cluster/helm/charts': uploadChart,
})
