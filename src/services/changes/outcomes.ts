import { Problem } from '../../errors.ts'

// How an execution can end other than well. Which of them it is decides the state of the approval (approvals.md, "States").

/** The world is not what was approved. Nothing was written by the step that found it. */
export class Stale extends Error {
  readonly differs: readonly string[]
  constructor(...differs: readonly string[]) {
    super(differs.join(' '))
    this.name = 'Stale'
    this.differs = differs
  }
}

/** The API server refused, or nothing was sent: proved that nothing changed and nothing can still arrive. */
export class Refused extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.name = 'Refused'
    this.problem = problem
  }
}

/** Sent, and no proof of what became of it. Never sent again. `output`: what is known, where something is. */
export class Unproven extends Error {
  readonly output: unknown
  constructor(message: string, options: { cause?: unknown; output?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'Unproven'
    this.output = options.output
  }
}

/** Thrown by `Execution.step` and `Execution.beforeSend` when somebody has cancelled the execution. */
export class Cancelled extends Error {
  constructor() {
    super('The execution was cancelled.')
    this.name = 'Cancelled'
  }
}

/** Whether an error says that the execution, or the call it is part of, was cancelled. */
export const isCancellation = (error: unknown): boolean =>
  error instanceof Cancelled || (error instanceof Problem && error.code === 'cancelled')
