import Type from 'typebox'
import { UNLISTED } from '../../schema.ts'
import type { Execution } from '../../services/changes/plan.ts'
import { ReleaseResult, ReleaseSteps } from '../../services/helm/change-schema.ts'
import { ReleaseName } from '../../services/helm/schema.ts'
import type { Services } from '../../services/index.ts'
import { ContextName, Namespace } from '../schemas.ts'

// What every change of a release has in common.

/** Which release. It takes a context too, and has no room to say so in the list of tools. */
export const WhichRelease = {
  context: Type.Optional(Type.String({ ...ContextName, ...UNLISTED })),
  namespace: Namespace,
  name: ReleaseName,
}

/** All of its definition but its name, its words, its input and its plan. */
export const changeOfRelease = {
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  output: ReleaseResult,
  steps: ReleaseSteps,
  execute: (steps: ReleaseSteps, { releaseChanges }: Services, execution: Execution) =>
    releaseChanges.execute(steps, execution),
  evidence: (steps: ReleaseSteps, { releaseChanges }: Services, executionId: string, processGroup?: string) =>
    releaseChanges.evidence(steps, executionId, processGroup),
} as const
