import type { Operation } from '../define.ts'
import { diagnose } from './diagnose.ts'

export const diagnosis: readonly Operation[] = [diagnose]
