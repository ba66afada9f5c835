import type { Operation } from '../define.ts'
import { describeResource } from './describe-resource.ts'
import { getResource } from './get-resource.ts'
import { listResources } from './list-resources.ts'

export const resources: readonly Operation[] = [listResources, getResource, describeResource]
