import { type Problem, problems } from '../../../errors.ts'

/** What cannot be imported, and why. */
export const refused = (what: string, why: string): Problem => problems.importRefused(what, why)
