import { problems } from '../../errors.ts'
import { adviceOn, goodBefore } from './advice.ts'
import type { HelmTools } from './changing.ts'
import type { ReleaseHead } from './head.ts'
import type { Release } from './release.ts'

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

async function standingOf({ storage, cluster }: HelmTools, { namespace, name }: Named): Promise<ReleaseStanding> {
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

/** What a change of a release that is there starts from. */
export interface Ground {
  standing: ReleaseStanding
  /** Of the binary. */
  major: number
  /** What its steps say of that, whatever it does. */
  start: { namespace: string; name: string; helm: string; from: { revision: number; uid: string } }
}

/** Throws `release_not_found`, `forbidden`, what asking the binary for its version throws. */
export async function groundOf(tools: HelmTools, { namespace, name }: Named): Promise<Ground> {
  const standing = await standingOf(tools, { namespace, name })
  const { text: helm, major } = await tools.binary.version()
  const { revision, stored } = standing.newest
  return { standing, major, start: { namespace, name, helm, from: { revision, uid: stored.uid } } }
}
