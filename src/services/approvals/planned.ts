import { Problem } from '../../errors.ts'
import type { Api } from '../../kubernetes/api.ts'
import { BUILT_IN, pathOf } from '../../kubernetes/paths.ts'
import { textAt, textsAt } from '../describe/read.ts'
import { selfReview } from '../reachability.ts'
import type { ClusterIdentity, ExecutingIdentity } from './types.ts'

const LONGEST = 10_000

/** Which cluster stands behind a context now, and as whom we act there: what an approval is bound to. */
export async function identitiesOf(api: Api): Promise<{ cluster: ClusterIdentity; identity: ExecutingIdentity }> {
  // Whatever the caller's scope: it is the server that must know where it is.
  const own = api.detached(LONGEST)
  const [uid, identity] = await Promise.all([clusterUid(own), identityOf(own)])
  const { server, caFingerprint } = api.connection
  const cluster = {
    server,
    ...(caFingerprint === undefined ? {} : { caFingerprint }),
    ...(uid === undefined ? {} : { uid }),
  }
  return { cluster, identity }
}

/** A cluster has no name of its own: its oldest namespace stands for it. Undefined where it may not be read. */
async function clusterUid(api: Api): Promise<string | undefined> {
  try {
    return textAt(await api.json({ path: pathOf(BUILT_IN.namespaces, undefined, 'kube-system') }), 'metadata.uid')
  } catch (error) {
    if (error instanceof Problem && (error.status === 403 || error.status === 404)) return undefined
    throw error
  }
}

async function identityOf(api: Api): Promise<ExecutingIdentity> {
  const user = await selfReview(api)
  const uid = textAt(user, 'uid')
  return {
    username: textAt(user, 'username') ?? 'unknown (the API server does not say)',
    ...(uid === undefined ? {} : { uid }),
    groups: textsAt(user, 'groups'),
  }
}
