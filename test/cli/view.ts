import type { ApprovalView } from '../../src/services/approvals/view.ts'
import { type Screen, START } from '../../src/cli/terminal/screen.ts'

export const NOW = Date.parse('2026-11-22T20:00:00Z')

type Plan = NonNullable<ApprovalView['plan']>

export const plan = (other: Partial<Plan> = {}): Plan => ({
  targets: [],
  diff: [
    {
      target: 'Deployment shop/web',
      action: 'change',
      changes: [{ path: 'spec.replicas', op: 'change', from: '2', to: '0' }],
      dryRun: true,
    },
  ],
  warnings: [{ code: 'replicas_to_zero', risk: 'high', text: 'Nothing is left that serves.' }],
  blast: { podsGone: 2, podsBack: 0, budgets: [], servicesWithoutEndpoints: ['shop/web'], cascade: {} },
  riskReasons: ['no pod is left'],
  notes: [],
  undo: { operation: 'infra.k8s.deployments.scaleDeployment', parts: 1, loses: ['logs of the pods'] },
  ...other,
})

/** An approval that waits. */
export const view = (other: Partial<ApprovalView> = {}): ApprovalView => ({
  id: 'apr_abcdefgh1234',
  state: 'pending',
  version: 3,
  next: 'A person must approve.',
  url: 'http://127.0.0.1:8008/approvals/apr_abcdefgh1234',
  operation: 'infra.k8s.deployments.scaleDeployment',
  summary: 'Scale Deployment shop/web from 2 to 0 on context prod',
  digest: 'sha256:d1',
  context: 'prod',
  requester: { kind: 'agent', subject: 'claude' },
  risk: 'high',
  policy: { rule: 'default', approvers: 1, groups: [], self: false, version: 'sha256:p' },
  votes: [],
  createdAt: '2026-11-22T19:50:00.000Z',
  expiresAt: '2026-11-22T20:50:00.000Z',
  plan: plan(),
  ...other,
})

export const listing = (rows: ApprovalView[], other: Partial<Screen> = {}): Screen => ({
  ...START,
  connected: true,
  now: NOW,
  rows,
  chosen: rows[0]?.id,
  ...other,
})

export const showing = (shown: ApprovalView, other: Partial<Screen> = {}): Screen => ({
  ...listing([shown]),
  shown: { view: shown, top: 0, seen: 0 },
  ...other,
})
