import { Problem } from './problem.ts'

/** What can be wrong with an approval, its store, its policy or the plan of a change. */
export const approvalProblems = {
  approvalNotFound: (id: string) =>
    new Problem(
      'approval_not_found',
      404,
      `No approval "${id}" that you may see.`,
      'GET /approvals lists those you may see.',
    ),
  alreadyDecided: (id: string, state: string, by: string | undefined) =>
    new Problem(
      'already_decided',
      409,
      `Approval ${id} is already ${state}${by === undefined ? '' : `, by ${by}`}.`,
      'Nothing was changed by this request. Read the approval to see what became of it.',
    ),
  approvalExpired: (id: string) =>
    new Problem(
      'approval_expired',
      409,
      `Approval ${id} has expired: nobody decided in time, or it was not run within 5 minutes of its approval.`,
      'Ask for the change again.',
    ),
  digestMismatch: (id: string) =>
    new Problem(
      'digest_mismatch',
      409,
      `The digest is not that of approval ${id}: what you saw is not what is stored.`,
      'Read the approval again, look at its plan, and send the digest that it shows.',
    ),
  personNeeded: (kind: string) =>
    new Problem(
      'person_needed',
      403,
      `Only a person's credential can decide; this one is ${kind === 'agent' ? 'an agent' : `a ${kind}`}'s.`,
      'A person decides in a terminal (k8s-mcp approvals) or by REST with a token of their own.',
    ),
  notAnApprover: (why: string) =>
    new Problem(
      'not_an_approver',
      403,
      `You may not decide this: ${why}.`,
      'Ask somebody with the role approver there.',
    ),
  ownRequest: (id: string) =>
    new Problem(
      'own_request',
      403,
      `Approval ${id} is your own request, and nobody approves what they asked for themselves.`,
      'Ask another person with the role approver.',
    ),
  confirmationNeeded: (id: string) =>
    new Problem(
      'confirmation_needed',
      403,
      `Approval ${id} is your own request; the policy lets you confirm it, by a second and explicit act.`,
      'Send the same decision again with confirm: true.',
    ),
  alreadyVoted: (id: string) =>
    new Problem(
      'already_voted',
      409,
      `You have already approved ${id}; the policy asks for distinct people.`,
      'Wait for another approver.',
    ),
  notYours: (id: string) =>
    new Problem(
      'not_yours',
      403,
      `Approval ${id} can be cancelled only by who asked for it, or by a voter who takes the vote back.`,
    ),
  decisionNotPossible: (id: string, state: string, act: string) =>
    new Problem(
      'decision_not_possible',
      409,
      `Approval ${id} is ${state}: it cannot be ${act} in that state.`,
      'Read the approval to see what can still be done.',
    ),
  nothingToUndo: (id: string, why: string) =>
    new Problem(
      'nothing_to_undo',
      409,
      `There is nothing to undo of approval ${id}: ${why}.`,
      'Ask for the change that you want instead.',
    ),
  tooManyOpen: (limit: number) =>
    new Problem(
      'too_many_open_approvals',
      429,
      `You already have ${limit} open approvals, which is the most.`,
      'Wait for decisions, or cancel one (cancelApproval).',
      { retryAfter: 30 },
    ),
  idempotencyMismatch: (key: string) =>
    new Problem(
      'idempotency_mismatch',
      422,
      `Idempotency-Key "${key}" was used before for another request.`,
      'Use a new key for a new request.',
    ),
  policyDenied: (rule: string, why: string | undefined) =>
    new Problem(
      'policy_denied',
      403,
      `The policy forbids this (rule "${rule}")${why === undefined ? '' : `: ${why}`}.`,
      'Nobody was asked and nothing was done. The operator of this server owns the policy.',
    ),
  badPolicy: (file: string, faults: readonly string[]) =>
    new Problem(
      'bad_policy',
      500,
      `The policy ${file} cannot be used: ${faults.join('; ')}.`,
      'Correct the file; k8s-mcp policy test shows what it would do.',
    ),
  storeUnavailable: (why: string, next?: string) =>
    new Problem(
      'store_unavailable',
      503,
      `The approval store cannot be used: ${why}.`,
      next ?? 'Reads of the cluster go on; changes and decisions wait until the operator has repaired it.',
    ),
  storeLocked: (path: string) =>
    new Problem(
      'store_locked',
      503,
      `Another process owns the approval store ${path}.`,
      'One server owns a store. Stop the other one, or give this one a DATA_DIR of its own.',
    ),
  storeDamaged: (why: string) =>
    new Problem(
      'store_damaged',
      503,
      `The approval store is damaged: ${why}.`,
      'Stop the server, keep a copy of DATA_DIR, and restore it from a backup. k8s-mcp audit verify shows what is still whole.',
    ),
  clockWentBack: (seconds: number) =>
    new Problem(
      'clock_went_back',
      503,
      `The clock of this machine is ${seconds} s behind the last entry of the approval store: what has expired cannot be told.`,
      'Set the clock right. If the older time was the wrong one, start the server once with --accept-clock.',
    ),

  // What a plan of a change finds, so that nobody is asked
  nothingToChange: (what: string) =>
    new Problem('nothing_to_change', 422, what, 'Nothing has to be approved: it is so already.'),
  ownServer: (what: string) =>
    new Problem(
      'own_server',
      403,
      what,
      'It would be a way around the approvals: do it by hand, outside of this server.',
    ),
  drainBlocked: (node: string, reasons: readonly string[]) =>
    new Problem(
      'drain_blocked',
      422,
      `Node ${node} cannot be drained so: ${reasons.join('; ')}.`,
      'Allow what is meant: force for pods without a controller, deleteEmptyDirData for pods with emptyDir volumes, ignoreDaemonSets for DaemonSets.',
    ),
  fieldConflicts: (detail: string) =>
    new Problem(
      'field_conflict',
      409,
      detail,
      'Leave these fields out of the manifest, or ask with force to take them; the plan then shows it.',
    ),
} as const
