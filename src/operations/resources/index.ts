import type { Operation } from '../define.ts'
import { deleteResource } from './delete-resource.ts'
import { describeResource } from './describe-resource.ts'
import { getResource } from './get-resource.ts'
import { listResources } from './list-resources.ts'
import { patchResource } from './patch-resource.ts'

export const resources: readonly Operation[] = [
  listResources,
  getResource,
  describeResource,
  deleteResource,
  patchResource,
]
