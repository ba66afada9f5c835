import type { Operation } from '../define.ts'
import { getTemplate } from './get-template.ts'
import { listTemplates } from './list-templates.ts'

export const templates: readonly Operation[] = [listTemplates, getTemplate]
