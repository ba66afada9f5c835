import Type from 'typebox'
import { UNLISTED } from '../../schema.ts'
import { ContextName } from '../schemas.ts'

/** Changes of releases take it too, and have no room to say so in the list of tools. */
export const RareContext = Type.Optional(Type.String({ ...ContextName, ...UNLISTED }))
