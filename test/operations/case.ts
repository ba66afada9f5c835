import type { Input } from '../support/doors.ts'

/** An input that is refused, and the code that says so. */
export type Refusal = readonly [input: Input, code: string]

/** What is asked of one operation by every door. */
export interface Case {
  /** Inputs that are answered. None where that takes a history: test/promise has it then. */
  readonly good: readonly Input[]
  /** Inputs that are refused, besides those that every operation with such a parameter refuses. */
  readonly bad?: readonly Refusal[]
  /** Fields of the answer that are never twice the same. */
  readonly volatile?: readonly string[]
  /** Parameters that mean something of their own here, so that what is wrong with them is in `bad`. */
  readonly own?: readonly string[]
  /** True where who may nothing is answered all the same. */
  readonly openToAll?: boolean
}
