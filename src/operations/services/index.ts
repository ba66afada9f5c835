import type { Operation } from '../define.ts'
import { listServices } from './list-services.ts'

export const services: readonly Operation[] = [listServices]
