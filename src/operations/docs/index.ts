import type { Operation } from '../define.ts'
import { explain } from './explain.ts'
import { getDoc } from './get-doc.ts'
import { listApiReference } from './list-api-reference.ts'
import { listDocs } from './list-docs.ts'
import { search } from './search.ts'

export const docs: readonly Operation[] = [search, listDocs, getDoc, listApiReference, explain]
