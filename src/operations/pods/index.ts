import type { Operation } from '../define.ts'
import { getPod } from './get-pod.ts'
import { getPodLogs } from './get-pod-logs.ts'
import { listPods } from './list-pods.ts'
import { topPods } from './top-pods.ts'

export const pods: readonly Operation[] = [listPods, getPod, getPodLogs, topPods]
