import { routes } from '../src/http/page.ts'
import { getInfo } from '../src/operations/server/get-info.ts'
import { getMetrics } from '../src/operations/server/get-metrics.ts'
import { getStatus } from '../src/operations/server/get-status.ts'

export default routes('server', {
  'GET /': getInfo,
  'GET /status': getStatus,
  'GET /metrics': getMetrics,
})
