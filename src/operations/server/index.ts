import type { Operation } from '../define.ts'
import { getInfo } from './get-info.ts'
import { getMetrics } from './get-metrics.ts'
import { getStatus } from './get-status.ts'

export const server: readonly Operation[] = [getInfo, getStatus, getMetrics]
