import type { ParseArgsOptionsConfig } from 'node:util'
import { ROLES, type Role } from '../call.ts'
import { createToken, listTokens, revokeToken } from '../services/administration.ts'
import type { TokenRecord } from '../services/principals/token.ts'
import { parsed, parsedWithWords } from './arguments.ts'
import {
  COMMON,
  COMMON_HELP,
  type Command,
  needed,
  oneOf,
  placesIn,
  print,
  printJson,
  remark,
  usage,
} from './command.ts'
import { perform } from './reach.ts'
import { table } from './table.ts'

const KINDS = ['agent', 'person', 'service'] as const
const GIVEN = ROLES.filter((role): role is Exclude<Role, 'none'> => role !== 'none')

const CREATE = {
  ...COMMON,
  kind: { type: 'string' },
  subject: { type: 'string' },
  role: { type: 'string' },
  group: { type: 'string', multiple: true },
  context: { type: 'string', multiple: true },
  namespace: { type: 'string', multiple: true },
  expires: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

export const tokenCreate: Command = {
  words: 'token create',
  help: `Usage: k8s-mcp token create --kind KIND --subject NAME --role ROLE [options]

Makes a token. It is printed once, alone on stdout; the server keeps only its hash.

  --kind KIND          agent, person or service. Only a person can decide, whatever the role.
  --subject NAME       who holds it
  --role ROLE          viewer, requester, approver or admin: each may do what those before it may
  --group GROUP        group of a person, for rules of the policy; may be repeated
  --context GLOB       contexts it reaches (default: all); may be repeated
  --namespace GLOB     namespaces it reaches (default: all); may be repeated
  --expires TIME       after so long (30m, 12h, 30d, 8w), or at a time (2027-01-31T12:00:00Z)
${COMMON_HELP}`,
  async run(args, configOf) {
    const values = parsed(args, CREATE)
    const spec = {
      kind: oneOf('--kind', values.kind, KINDS),
      subject: needed('--subject', values.subject),
      role: oneOf('--role', values.role, GIVEN),
      ...(values.group === undefined ? {} : { groups: values.group }),
      ...(values.context === undefined ? {} : { contexts: values.context }),
      ...(values.namespace === undefined ? {} : { namespaces: values.namespace }),
      ...(values.expires === undefined ? {} : { expiresAt: timeOf(values.expires, Date.now()) }),
    }
    const { token, record } = await perform(configOf(placesIn(values)).config, createToken, spec)
    if (values.json === true) printJson({ token, record })
    else print(token)
    remark(
      `Token ${record.id} of ${record.kind} ${record.subject}, role ${record.role}${endOf(record)}. It is not shown again.`,
    )
    return 0
  },
}

export const tokenList: Command = {
  words: 'token list',
  help: `Usage: k8s-mcp token list [options]

Lists every token that was made. None is shown itself.

${COMMON_HELP}`,
  async run(args, configOf) {
    const values = parsed(args, COMMON)
    const { tokens } = await perform(configOf(placesIn(values)).config, listTokens, {})
    if (values.json === true) printJson({ tokens })
    else if (tokens.length === 0) print('No tokens. Make one with: k8s-mcp token create')
    else
      print(
        table(
          HEAD,
          tokens.map((each) => rowOf(each, Date.now())),
        ),
      )
    return 0
  },
}

export const tokenRevoke: Command = {
  words: 'token revoke',
  help: `Usage: k8s-mcp token revoke ID [options]

Ends a token at once. ID is of k8s-mcp token list (tok_...).

${COMMON_HELP}`,
  async run(args, configOf) {
    const { values, positionals } = parsedWithWords(args, COMMON)
    const [id, ...more] = positionals
    if (id === undefined || more.length > 0) throw usage('token revoke takes one ID: see k8s-mcp token list.')
    if (id.startsWith('k8smcp_'))
      throw usage('That is a token itself: give its ID (tok_...), as k8s-mcp token list shows it.')
    const { record } = await perform(configOf(placesIn(values)).config, revokeToken, { id })
    if (values.json === true) printJson({ record })
    else print(`Token ${record.id} of ${record.kind} ${record.subject} is revoked.`)
    return 0
  },
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

/** The instant of a length of time from now, or of a date. Throws {@link ConfigError}. */
export function timeOf(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const at = count === undefined ? dateOf(text) : now + Number(count) * (UNITS[unit] ?? Number.NaN)
  if (Number.isNaN(at)) throw usage(`--expires "${text}" is no time: write 30m, 12h, 30d, 8w or 2027-01-31T12:00:00Z.`)
  if (at <= now) throw usage(`--expires "${text}" is over already.`)
  return at
}

// Date.parse alone takes nearly anything.
const dateOf = (text: string) =>
  /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN

const HEAD = ['ID', 'KIND', 'SUBJECT', 'ROLE', 'GROUPS', 'CONTEXTS', 'NAMESPACES', 'CREATED', 'STATE']

function rowOf(record: TokenRecord, now: number): string[] {
  const { id, kind, subject, role, groups, scope, createdAt } = record
  const list = (words: readonly string[] | undefined, none: string) => words?.join(',') || none
  const made = day(createdAt)
  return [
    id,
    kind,
    subject,
    role,
    list(groups, '-'),
    list(scope.contexts, 'all'),
    list(scope.namespaces, 'all'),
    made,
    stateOf(record, now),
  ]
}

function stateOf({ revokedAt, expiresAt }: TokenRecord, now: number): string {
  if (revokedAt !== undefined) return `revoked ${day(revokedAt)}`
  if (expiresAt === undefined) return 'holds'
  return expiresAt <= now ? `expired ${day(expiresAt)}` : `holds until ${day(expiresAt)}`
}

const endOf = ({ expiresAt }: TokenRecord) =>
  expiresAt === undefined ? '' : `, until ${new Date(expiresAt).toISOString()}`
const day = (at: number) => new Date(at).toISOString().slice(0, 10)
