import { apply } from './apply/index.ts'
import { approvals } from './approvals/index.ts'
import { cluster } from './cluster/index.ts'
import type { Operation } from './define.ts'
import { deployments } from './deployments/index.ts'
import { diagnosis } from './diagnose/index.ts'
import { docs } from './docs/index.ts'
import { helm } from './helm/index.ts'
import { nodes } from './nodes/index.ts'
import { pods } from './pods/index.ts'
import { resources } from './resources/index.ts'
import { server } from './server/index.ts'
import { services } from './services/index.ts'
import { templates } from './templates/index.ts'

/** Every operation, in documented order. */
export const operations: readonly Operation[] = [
  ...server,
  ...cluster,
  ...pods,
  ...deployments,
  ...services,
  ...nodes,
  ...resources,
  ...apply,
  ...helm,
  ...diagnosis,
  ...approvals,
  ...docs,
  ...templates,
]
