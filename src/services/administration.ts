import Type, { type Static, type TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { problems } from '../errors.ts'
import { Closed } from '../schema.ts'
import { allRows, type AuditHead, exportAudit, type Verified, verifyAudit } from './approvals/audit.ts'
import type { Acting } from './approvals/core.ts'
import type { PolicySource } from './approvals/policy-file.ts'
import type { ApprovalStore } from './approvals/store.ts'
import { Example, example, Judged } from './policy-example.ts'
import type { Principals } from './principals/principals.ts'
import { TokenRecord, TokenSpec } from './principals/token.ts'

export interface AdministrationOptions {
  store: ApprovalStore
  principals: Principals
  policy: PolicySource
}

/** What whoever runs the server does with it: by its socket while it runs, with the store in hand while it does not. */
export class Administration {
  readonly #options: AdministrationOptions

  constructor(options: AdministrationOptions) {
    this.#options = options
  }

  get principals(): Principals {
    return this.#options.principals
  }

  /** Checks the whole chain of the audit, and a head that somebody kept where one is given. */
  verify(head: AuditHead | undefined): Promise<Verified> {
    return verifyAudit(this.#rows(0), head)
  }

  /** The rows of the audit after a position, as JSON lines. */
  exported(since: number): AsyncGenerator<string> {
    return exportAudit(this.#rows(since))
  }

  /** What a policy would say: the one that holds, or a text that is tried. Throws `bad_policy`. */
  judged({ policy: text, ...asked }: Static<typeof Example>): Judged {
    const { policy } = this.#options
    return example(text === undefined ? policy.current : policy.tried(text.text, text.name), asked)
  }

  #rows(since: number) {
    return allRows((after, limit) => this.#options.store.auditRows(Math.max(after, since), limit))
  }
}

/** One thing to do, with its name on the socket (`POST /admin/<name>`). */
export interface Action<I extends TObject = TObject, O extends TObject = TObject> {
  name: string
  output: O
  /** With an input of the program's own. */
  run(administration: Administration, input: Static<I>, acting: Acting): Promise<Static<O>>
  /** With an input that came from elsewhere. Throws `bad_input`. */
  answer(administration: Administration, raw: unknown, acting: Acting): Promise<unknown>
}

function action<I extends TObject, O extends TObject>(definition: {
  name: string
  input: I
  output: O
  run: Action<I, O>['run']
}): Action<I, O> {
  const { name, input, run } = definition
  return {
    ...definition,
    async answer(administration, raw, acting) {
      const validator = Compile(input)
      if (validator.Check(raw)) return run(administration, raw, acting)
      const faults = validator.Errors(raw).map(({ instancePath, message }) => `${instancePath || name} ${message}`)
      throw problems.badInput(`${[...new Set(faults)].slice(0, 5).join('; ')}.`)
    },
  }
}

const Head = Closed({ seq: Type.Integer({ minimum: 0 }), head: Type.String({ pattern: '^[0-9a-f]{64}$' }) })

export const createToken = action({
  name: 'tokens/create',
  input: TokenSpec,
  output: Closed({ token: Type.String(), record: TokenRecord }),
  run: ({ principals }, spec, acting) => principals.create(spec, acting),
})

export const listTokens = action({
  name: 'tokens/list',
  input: Closed({}),
  output: Closed({
    tokens: Type.Array(Closed({ ...TokenRecord.properties, lastUsedAt: Type.Optional(Type.Integer()) })),
  }),
  run: async ({ principals }) => ({ tokens: principals.list() }),
})

export const revokeToken = action({
  name: 'tokens/revoke',
  input: Closed({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  output: Closed({ record: TokenRecord }),
  run: async ({ principals }, { id }, acting) => ({ record: await principals.revoke(id, acting) }),
})

export const verifyChain = action({
  name: 'audit/verify',
  input: Closed({ head: Type.Optional(Head) }),
  output: Closed({
    rows: Type.Integer(),
    head: Head,
    fault: Type.Optional(Closed({ seq: Type.Integer(), text: Type.String() })),
  }),
  run: (administration, { head }) => administration.verify(head),
})

export const testPolicy = action({
  name: 'policy/test',
  input: Example,
  output: Judged,
  run: async (administration, input) => administration.judged(input),
})

/** Every action that answers with a value. */
export const ACTIONS: readonly Pick<Action, 'name' | 'answer'>[] = [
  createToken,
  listTokens,
  revokeToken,
  verifyChain,
  testPolicy,
]

/** `POST /admin/audit/export` answers with lines instead. */
export const EXPORT = { name: 'audit/export', input: Closed({ since: Type.Optional(Type.Integer({ minimum: 0 })) }) }
