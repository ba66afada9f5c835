import type { Operation } from '../define.ts'
import { createPod } from './create-pod.ts'
import { deletePod } from './delete-pod.ts'
import { execInPod } from './exec-in-pod.ts'
import { getPodLogs } from './get-pod-logs.ts'
import { getPod } from './get-pod.ts'
import { listPods } from './list-pods.ts'
import { topPods } from './top-pods.ts'

export const pods: readonly Operation[] = [listPods, getPod, getPodLogs, topPods, createPod, deletePod, execInPod]
