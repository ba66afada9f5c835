import type { Operation } from '../define.ts'
import { diffManifest } from './diff-manifest.ts'

export const apply: readonly Operation[] = [diffManifest]
