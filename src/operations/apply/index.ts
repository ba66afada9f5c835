import type { Operation } from '../define.ts'
import { applyManifest } from './apply-manifest.ts'
import { diffManifest } from './diff-manifest.ts'

export const apply: readonly Operation[] = [diffManifest, applyManifest]
