import Type from 'typebox'
import { problems } from '../../src/errors.ts'
import { defineRead } from '../../src/operations/define.ts'
import { ApprovalView } from '../../src/services/approvals/view.ts'
import { ApprovalList } from '../../src/web/views.ts'
import { hostile } from './hostile-texts.ts'

/** How many approvals are open for the caller of the next page; undefined: the store cannot be used. */
export const waiting: { open: number | undefined } = { open: undefined }

export const listApprovals = defineRead({
  name: 'infra.k8s.approvals.listApprovals',
  title: 'List approvals',
  description: 'Those of a test.',
  input: Type.Object({ state: Type.Optional(Type.String()), limit: Type.Integer({ default: 20 }) }),
  output: ApprovalList,
  handle: async ({ limit }) => {
    if (waiting.open === undefined) throw problems.storeUnavailable('this test has none')
    const approvals = Array.from({ length: Math.min(limit, waiting.open) }, (_, at) => approval(at))
    return { approvals, ...(waiting.open > limit ? { continue: 'more' } : {}) }
  },
  text: () => '',
})

export const getApproval = defineRead({
  name: 'infra.k8s.approvals.getApproval',
  title: 'Get an approval',
  description: 'Of a test.',
  input: Type.Object({ id: Type.String() }),
  output: ApprovalView,
  handle: async ({ id }) => ({ ...approval(0), id, plan }),
  text: () => '',
})

const plan: NonNullable<ApprovalView['plan']> = {
  targets: [],
  diff: [
    {
      target: `Deployment default/web ${hostile}`,
      action: 'change',
      changes: [
        { path: 'spec.replicas', op: 'change', from: '3', to: '0' },
        { path: `metadata.annotations[${hostile}]`, op: 'add', to: hostile },
      ],
      dryRun: true,
    },
  ],
  warnings: [{ code: 'to_zero', risk: 'high', text: `It would have no pods. ${hostile}` }],
  blast: { podsGone: 3, podsBack: 0, budgets: [], servicesWithoutEndpoints: [], cascade: {} },
  riskReasons: [hostile],
  undo: { operation: 'infra.k8s.deployments.scaleDeployment', parts: 1, loses: [hostile] },
  notes: [hostile],
}

/** Turns the direction of what follows: with it a text shows what it does not say. */
export const OVERRIDE = '\u202e'

// Who asks for a change writes its words.
const approval = (at: number): ApprovalView => ({
  id: `apr_${at}`,
  state: 'pending',
  version: 1,
  next: hostile,
  url: 'http://127.0.0.1:8008/approvals/apr_0',
  operation: 'infra.k8s.deployments.scaleDeployment',
  summary: `Scale Deployment default/web from 3 to 0 replicas ${OVERRIDE}${hostile}`,
  context: hostile,
  requester: { kind: 'agent', subject: hostile },
  risk: 'high',
  votes: [],
  createdAt: new Date(Date.now() - 90_000).toISOString(),
  expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
})
