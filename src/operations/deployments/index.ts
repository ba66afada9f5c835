import type { Operation } from '../define.ts'
import { getRollout } from './get-rollout.ts'
import { listDeployments } from './list-deployments.ts'
import { restartDeployment } from './restart-deployment.ts'
import { scaleDeployment } from './scale-deployment.ts'
import { undoRollout } from './undo-rollout.ts'

export const deployments: readonly Operation[] = [
  listDeployments,
  getRollout,
  scaleDeployment,
  restartDeployment,
  undoRollout,
]
