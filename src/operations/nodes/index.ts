import type { Operation } from '../define.ts'
import { listNodes } from './list-nodes.ts'
import { topNodes } from './top-nodes.ts'

export const nodes: readonly Operation[] = [listNodes, topNodes]
