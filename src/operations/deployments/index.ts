import type { Operation } from '../define.ts'
import { getRollout } from './get-rollout.ts'
import { listDeployments } from './list-deployments.ts'

export const deployments: readonly Operation[] = [listDeployments, getRollout]
