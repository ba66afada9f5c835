import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { problems } from '../../errors.ts'
import { MOST_PACKED } from './chart-archive.ts'
import type { FetchedChart } from './fetched-chart.ts'
import { packFolder } from './chart-pack.ts'

const UPLOAD = 'Upload it (POST /cluster/helm/charts), or name it by oci:// or with repo.'

/**
 * A chart of the operator's folder: a .tgz, or a chart's own folder, by its path in there. Links are followed only within it. Throws
 * `chart_source_not_allowed`, `chart_not_found`, `bad_chart`, `chart_too_large`.
 */
export async function readFromFolder(folder: string | undefined, path: string): Promise<FetchedChart> {
  if (folder === undefined)
    throw problems.chartSourceNotAllowed(path, 'this server has no chart folder (HELM_CHART_DIR)', UPLOAD)
  const root = await realpath(folder).catch(() => undefined)
  const found = root === undefined ? undefined : await realpath(join(root, path)).catch(() => undefined)
  if (root === undefined || found === undefined) throw problems.chartNotFound(path, 'The chart folder of this server')
  if (!found.startsWith(`${root}${sep}`))
    throw problems.chartSourceNotAllowed(path, 'it is a link that leads out of the chart folder', UPLOAD)
  const { size, isFolder } = await kindOf(found)
  const source = `${path} (HELM_CHART_DIR)`
  if (isFolder) return { bytes: await packFolder(found), source }
  if (size > MOST_PACKED) throw problems.chartTooLarge(`it is larger than ${MOST_PACKED} bytes`)
  return { bytes: await readFile(found), source }
}

async function kindOf(path: string) {
  const found = await stat(path)
  if (!found.isFile() && !found.isDirectory()) throw problems.badChart('it is neither a file nor a folder')
  return { size: found.size, isFolder: found.isDirectory() }
}
