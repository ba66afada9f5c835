import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { problems } from '../../errors.ts'
import { Ending, Request } from './payload-schema.ts'
import type { Seal } from './seal.ts'
import type { Ending as EndingType, Request as RequestType } from './types.ts'

const requestValidator = Compile(Request)
const endingValidator = Compile(Ending)

export const closeRequest = (seal: Seal, id: string, request: RequestType): Uint8Array =>
  seal.close(`request ${id}`, request)
export const closeEnding = (seal: Seal, id: string, ending: EndingType): Uint8Array =>
  seal.close(`ending ${id}`, ending)

/** The request of an approval as it was stored. Throws `store_damaged`. */
export function openRequest(seal: Seal, id: string, sealed: Uint8Array): RequestType {
  const value: unknown = seal.open(`request ${id}`, sealed)
  if (!requestValidator.Check(value)) throw problems.storeDamaged(`the request of ${id} is not one`)
  return value
}

/** How an approval ended. Throws `store_damaged`. */
export function openEnding(seal: Seal, id: string, sealed: Uint8Array): Static<typeof Ending> {
  const value: unknown = seal.open(`ending ${id}`, sealed)
  if (!endingValidator.Check(value)) throw problems.storeDamaged(`the ending of ${id} is not one`)
  return value
}
