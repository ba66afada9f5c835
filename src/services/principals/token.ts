import { createHash, randomBytes, randomInt } from 'node:crypto'
import Type, { type Static } from 'typebox'
import { type Principal, ROLES, type Role } from '../../call.ts'
import { Closed, OneOf } from '../../schema.ts'

// Milliseconds since 1970-01-01 UTC.
const Instant = Type.Integer({ minimum: 0 })

const KINDS = ['agent', 'person', 'service'] as const
const GIVEN_ROLES = ROLES.filter((role): role is Exclude<Role, 'none'> => role !== 'none')

const Globs = (what: string, most: number) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: most }), { minItems: 1, maxItems: 100, description: what }),
  )

/** What a token is to be made for. */
export const TokenSpec = Closed({
  kind: OneOf(KINDS, 'Whose it is: an agent, a person, or a service. Only a person can decide.'),
  // No colon: `stdio:…` names the clients of stdio, which have no token.
  subject: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$',
    description: 'Name of who holds it: letters, digits and . _ @ + -, at most 128.',
  }),
  role: OneOf(GIVEN_ROLES, 'What it may do; each role may do what those before it may.'),
  groups: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._@+:/-]{0,127}$' }), {
      maxItems: 100,
      uniqueItems: true,
      description: 'Groups of the person, for rules of the policy that ask for them.',
    }),
  ),
  contexts: Globs('Contexts it reaches (globs); absent: all.', 253),
  namespaces: Globs('Namespaces it reaches (globs); absent: all, and what is in none.', 63),
  expiresAt: Type.Optional(Instant),
})
export type TokenSpec = Static<typeof TokenSpec>

/** A token as anybody may list it. The token itself is nowhere. */
export const TokenRecord = Closed({
  id: Type.String({ description: 'Names the token, and is no secret.' }),
  kind: OneOf(KINDS, 'Whose it is.'),
  subject: Type.String({ description: 'Name of who holds it.' }),
  role: OneOf(GIVEN_ROLES, 'What it may do.'),
  groups: Type.Array(Type.String(), { description: 'Groups of its holder.' }),
  scope: Closed({
    contexts: Type.Optional(Type.Array(Type.String())),
    namespaces: Type.Optional(Type.Array(Type.String())),
  }),
  createdAt: Instant,
  expiresAt: Type.Optional(Instant),
  revokedAt: Type.Optional(Instant),
})
export type TokenRecord = Static<typeof TokenRecord>

/** A token as the store keeps it: `hash` is the SHA-256 of its text, in hex. */
export interface StoredToken extends TokenRecord {
  hash: string
}

const SHAPE = /^k8smcp_(?:agent|person|service)_[A-Za-z0-9_-]{43}$/

/** 256 random bits behind a prefix that says what it is, to people and to scanners of secrets. */
export const newToken = (kind: Principal['kind']): string => `k8smcp_${kind}_${randomBytes(32).toString('base64url')}`

/** Whether a text can be a token at all: nothing else is worth a hash. */
export const isToken = (text: string): boolean => SHAPE.test(text)

/** SHA-256: enough for 256 random bits, which nobody can guess through. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

// Short, since people type it.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

export const newId = (): string =>
  `tok_${Array.from({ length: 10 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`
