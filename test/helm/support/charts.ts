import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { dataPlaces } from '../../../src/config.ts'
import { Charts } from '../../../src/services/helm/charts.ts'
import type { Ends } from '../../support/ends.ts'
import { sha256 } from './chart.ts'
import { configOf } from './config.ts'
import { answer, type ChartServer, startChartServer } from './registry.ts'

/** Of callers that stay. */
export const signal = new AbortController().signal

/** Charts with a data folder of their own, and the names of the files that it has. */
export function chartsOf(ends: Ends, settings: Record<string, string> = {}) {
  const config = configOf(ends, settings)
  const place = join(dataPlaces(config).folder, 'charts')
  return { charts: new Charts(config), place, stored: () => (existsSync(place) ? readdirSync(place) : []) }
}

const indexOf = (entries: readonly object[]) => JSON.stringify({ apiVersion: 'v1', entries: { web: entries } })

/** A repository with these charts by version, in which addresses are as `at` says. */
export async function startRepository(
  ends: Ends,
  charts: Readonly<Record<string, Buffer>>,
  at = '',
  digest?: string,
): Promise<ChartServer> {
  return startChartServer(ends, (path, _request, response) => {
    if (path === '/charts/index.yaml') {
      const entries = Object.entries(charts).map(([version, bytes]) => ({
        name: 'web',
        version,
        urls: [`${at}web-${version}.tgz`],
        digest: digest ?? sha256(bytes),
      }))
      return answer(response, 200, Buffer.from(indexOf(entries)))
    }
    const chart = charts[/^\/charts\/web-(.*)\.tgz$/.exec(path)?.[1] ?? '']
    return chart !== undefined && answer(response, 200, chart)
  })
}
