import { problems } from '../../errors.ts'
import { adviceOn, goodBefore } from './advice.ts'
import type { HelmTools } from './changing.ts'
import type { Release, ReleaseHead } from './release.ts'

/** A release as a change finds it. */
export interface ReleaseStanding {
  /** Newest first. */
  heads: readonly ReleaseHead[]
  newest: ReleaseHead
  /** The newest earlier revision that was good; undefined where there is none. */
  good: number | undefined
}

interface Named {
  namespace: string
  name: string
}

/** Throws `release_not_found`, `forbidden`. */
export async function standingOf(
  { storage, cluster }: HelmTools,
  { namespace, name }: Named,
): Promise<ReleaseStanding> {
  const heads = await storage.headsOf(namespace, name)
  const [newest] = heads
  if (newest === undefined) throw problems.releaseNotFound(name, namespace, cluster.context)
  return { heads, newest, good: goodBefore(newest, heads) }
}

/** What a release that is not simply deployed means, and the way out. */
export function adviceFor({ newest, good }: ReleaseStanding): string | undefined {
  const { status, written } = newest
  return adviceOn({ status, updated: undefined, written, good })
}

/** Throws `release_exists` where Helm would not install under that name. */
export async function assertFree({ storage }: HelmTools, { namespace, name }: Named): Promise<void> {
  const heads = await storage.headsOf(namespace, name)
  const [newest] = heads
  if (newest === undefined) return
  const advice = adviceFor({ heads, newest, good: goodBefore(newest, heads) })
  throw problems.releaseExists(name, namespace, newest.status, advice)
}

/** The revision that an upgrade starts from, as Helm chooses it. Throws `release_unfinished`. */
export async function baseOfUpgrade(tools: HelmTools, standing: ReleaseStanding): Promise<Release> {
  const { newest, heads } = standing
  const { name, namespace, status } = newest
  if (status.startsWith('pending-'))
    throw problems.releaseUnfinished(name, namespace, status, adviceFor(standing) ?? '')
  if (status === 'uninstalled' || status === 'uninstalling')
    throw problems.releaseUnfinished(
      name,
      namespace,
      status,
      adviceFor(standing) ?? 'uninstallRelease takes away what is left of it; then installChart installs it anew.',
    )
  const deployed = heads.find((head) => head.status === 'deployed')
  return tools.storage.readHead(deployed ?? newest)
}

/** What steps keep of the newest revision. */
export const groundOf = ({ newest }: ReleaseStanding): { revision: number; uid: string } => ({
  revision: newest.revision,
  uid: newest.stored.uid,
})
