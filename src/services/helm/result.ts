import type { ReleaseResult, ReleaseSteps } from './change-schema.ts'
import { agreedHash, byKey } from './agreement.ts'
import type { HelmTools } from './changing.ts'
import { ReleaseMask } from './known-secrets.ts'
import { manifestOf } from './manifest.ts'
import type { ReleaseOutcome } from './outcome.ts'

const OTHERWISE =
  'What Helm rendered in the end is not what was approved: the chart looked something up that has changed in between. getRelease shows it.'

/** What a change of a release answers: how the release stands now. */
export async function resultOf(
  tools: HelmTools,
  { namespace, name, manifest, revision }: ReleaseSteps,
  { newest }: ReleaseOutcome,
  message: string,
): Promise<ReleaseResult> {
  const said = message === '' ? {} : { message }
  if (newest === undefined) return { namespace, name, ...said }
  const release = await tools.storage.readHead(newest)
  const rendered = await manifestOf(release, tools.cluster.call.signal)
  const keys = byKey(rendered, namespace)
  const isOther = revision === newest.revision && message === '' && manifest !== agreedHash(keys, keys)
  const { chart, notes, status } = release
  const mask = new ReleaseMask([...rendered.objects, ...rendered.hooks])
  return mask.of({
    namespace,
    name,
    revision: newest.revision,
    status,
    chart: chart.name,
    chartVersion: chart.version,
    ...(notes === '' ? {} : { notes }),
    ...(isOther ? { message: OTHERWISE } : said),
  })
}
