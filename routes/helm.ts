import { routes } from '../src/http/page.ts'
import { getRelease } from '../src/operations/helm/get-release.ts'
import { getReleaseHistory } from '../src/operations/helm/get-release-history.ts'
import { listReleases } from '../src/operations/helm/list-releases.ts'
import { uploadChart } from '../src/operations/helm/upload-chart.ts'

export default routes('helm', {
  'GET /cluster/helm/releases': listReleases,
  'GET /cluster/helm/release/:namespace/:name': getRelease,
  'GET /cluster/helm/release/:namespace/:name/history': getReleaseHistory,
  'POST /cluster/helm/charts': uploadChart,
})
