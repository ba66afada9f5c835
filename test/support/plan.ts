import type { Plan } from '../../src/services/changes/plan.ts'
import type { ApprovalView } from '../../src/services/approvals/view.ts'

/** A plan that changes nothing, with these steps. */
export const planOf = <S>(steps: S): Plan<S> => ({
  summary: 'Does nothing',
  targets: [],
  diff: [],
  warnings: [],
  blast: { podsGone: 0, podsBack: 0, budgets: [], servicesWithoutEndpoints: [], cascade: {} },
  risk: 'low',
  riskReasons: [],
  notes: [],
  steps,
})

/** What a change answers that waits. */
export const waiting = (operation: string, id = 'apr_000000000000000000000001'): ApprovalView => ({
  id,
  state: 'pending',
  version: 2,
  next: 'Nothing has happened yet.',
  url: 'http://localhost/approvals/1',
  operation,
  context: 'dev',
  requester: { kind: 'agent', subject: 'local' },
  votes: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-01T01:00:00.000Z',
})
