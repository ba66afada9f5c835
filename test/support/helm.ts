import { readConfig } from '../../src/config.ts'
import { HelmBinary } from '../../src/services/helm/binary.ts'
import { Charts } from '../../src/services/helm/charts.ts'

const { config } = readConfig({ environment: { DATA_DIR: '/nonexistent', HELM_BIN: '/nonexistent/helm' } })

/** What a server has of Helm where a test needs none: no binary, no chart source. */
export const NO_HELM = {
  driver: 'secret',
  binary: new HelmBinary(config),
  charts: new Charts(config),
  unstable: [],
} as const
