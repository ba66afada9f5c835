import { type Core, ownEntry } from './core.ts'
import { openRequest } from './payload.ts'
import { sameVerdict } from './policy.ts'
import type { Approval } from './types.ts'

const PAGE = 500

/**
 * Judges every open request by the policy that holds now; those that it would judge otherwise become stale. To be called after each
 * change of the policy and at start. Returns how many became stale.
 */
export async function reconsider(core: Core): Promise<number> {
  let stale = 0
  for (let page = await next(core); page.length > 0; page = await next(core, page.at(-1)?.id))
    for (const approval of page) if (await becomesStale(core, approval)) stale += 1
  return stale
}

const next = ({ store }: Core, before?: string): Promise<Approval[]> =>
  store.list({ states: ['pending', 'approved'], limit: PAGE, ...(before === undefined ? {} : { before }) })

async function becomesStale(core: Core, approval: Approval): Promise<boolean> {
  if (approval.policyVersion === core.policy.current.version) return false
  const why = await whyStale(core, approval)
  if (why === undefined) return false
  const { id, version } = approval
  const audit = ownEntry('drift', approval, { reason: why, policyVersion: core.policy.current.version })
  return (await core.store.move({ id, version, event: 'drift', patch: { reason: why }, audit })) !== undefined
}

async function whyStale({ store, seal, policy }: Core, approval: Approval): Promise<string | undefined> {
  const { id, operation, context, requester, verdict } = approval
  const { request } = await store.sealed(id)
  if (request === undefined || verdict === undefined) return 'its stored request cannot be read'
  const { input, plan } = openRequest(seal, id, request)
  const now = policy.current.judge({ operation, input, context, principal: requester, plan })
  return sameVerdict(verdict, now) ? undefined : 'the policy has changed and would judge it otherwise; ask again'
}
