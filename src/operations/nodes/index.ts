import type { Operation } from '../define.ts'
import { cordonNode } from './cordon-node.ts'
import { drainNode } from './drain-node.ts'
import { listNodes } from './list-nodes.ts'
import { topNodes } from './top-nodes.ts'

export const nodes: readonly Operation[] = [listNodes, topNodes, cordonNode, drainNode]
