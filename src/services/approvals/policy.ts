import type { Principal } from '../../call.ts'
import type { Plan, Risk, Target } from '../changes/plan.ts'
import { canonical } from './canonical.ts'
import { sha256 } from './digest.ts'
import { globMatches } from '../../glob.ts'
import { whyNotAuto } from './policy-auto.ts'
import { LONGEST_TTL, type PolicyFile, type Rule } from './policy-schema.ts'
import type { Verdict } from './types.ts'

/** What a policy judges: who asks for what, and what it would do. */
export interface Asked {
  operation: string
  input: unknown
  context: string
  principal: Principal
  plan: Plan<unknown>
}

/** What holds where the file says nothing. Not in the file: no file can weaken it. */
export interface PolicySettings {
  /** Whether a person may confirm their own request: true only while listening on loopback with one person known. */
  self: boolean
  /** The namespace this server runs in, where it runs in a cluster: never `auto`. */
  ownNamespace?: string
}

export interface Policy {
  /** Hash of the rules and settings: equal policies have equal versions, whatever the layout of the file. */
  readonly version: string
  /** Deny wins over require, require over auto. Where no rule matches, one approver. */
  judge(asked: Asked): Verdict
  /** Why this never goes through without a person, whatever a rule says; undefined: a rule could let it. */
  whyNotAuto(asked: Asked): string | undefined
}

/** The policy of a file; without one every change needs one approver. */
export function makePolicy(file: PolicyFile, settings: PolicySettings): Policy {
  const version = sha256({ file, settings })
  return {
    version,
    judge: (asked) => judge(file.rules, asked, onlyPersons(settings, asked.principal)),
    whyNotAuto: (asked) => whyNotAuto(asked, settings.ownNamespace),
  }
}

/** Whether two verdicts ask the same of people. Names of rules may differ. */
export function sameVerdict(a: Verdict, b: Verdict): boolean {
  const asks = ({ decision, approvers, groups, ttl, self }: Verdict) =>
    canonical({ decision, approvers, groups, ttl, self })
  return asks(a) === asks(b)
}

// Nobody but a person confirms: whether people may is then no reason to ask for an agent's change anew.
function onlyPersons(settings: PolicySettings, { kind }: Principal): PolicySettings {
  return kind === 'person' ? settings : { ...settings, self: false }
}

function judge(rules: readonly Rule[], asked: Asked, settings: PolicySettings): Verdict {
  // For `auto` every object must match; for the others one is enough.
  const matching = rules.filter((rule) => matches(rule, asked, rule.auto === true))
  const denying = matching.find((rule) => rule.deny !== undefined)
  if (denying !== undefined) return denied(denying)
  const requiring = matching.filter((rule) => rule.require !== undefined)
  if (requiring.length > 0) return required(requiring, settings)
  const auto = matching.find((rule) => rule.auto === true)
  return auto === undefined ? oneApprover(settings) : automatic(auto, asked, settings)
}

const denied = (rule: Rule): Verdict => ({
  decision: 'deny',
  rule: rule.name,
  ...(typeof rule.deny === 'string' ? { text: rule.deny } : {}),
  approvers: 0,
  groups: [],
  self: false,
})

// All that match count together: the most approvers, the shortest time, a group of each rule's list, self only where all allow it.
function required(rules: readonly Rule[], settings: PolicySettings): Verdict {
  const asks = rules.flatMap((rule) => (rule.require === undefined ? [] : [rule.require]))
  const ttls = asks.flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl]))
  return {
    decision: 'require',
    rule: rules.map((rule) => rule.name).join(', '),
    approvers: Math.max(1, ...asks.map(({ approvers }) => approvers ?? 1)),
    groups: asks.flatMap(({ groups }) => (groups === undefined ? [] : [groups])),
    ...(ttls.length === 0 ? {} : { ttl: Math.min(LONGEST_TTL, ...ttls) }),
    self: asks.every(({ self }) => self ?? settings.self),
  }
}

const oneApprover = (settings: PolicySettings, text?: string): Verdict => ({
  decision: 'require',
  rule: 'default',
  ...(text === undefined ? {} : { text }),
  approvers: 1,
  groups: [],
  self: settings.self,
})

function automatic(rule: Rule, asked: Asked, settings: PolicySettings): Verdict {
  const why = whyNotAuto(asked, settings.ownNamespace)
  if (why !== undefined) return oneApprover(settings, `rule "${rule.name}" says auto, which never holds here: ${why}`)
  return { decision: 'auto', rule: rule.name, approvers: 0, groups: [], self: false }
}

function matches({ match = {} }: Rule, asked: Asked, every: boolean): boolean {
  const { operation, context, principal, risk, namespace, kind, labels } = match
  if (!oneOf(operation, asked.operation) || !oneOf(context, asked.context)) return false
  if (!oneOf(principal?.kind, asked.principal.kind) || !oneOf(principal?.subject, asked.principal.subject)) return false
  if (risk !== undefined && !listOf<Risk>(risk).includes(asked.plan.risk)) return false
  if (namespace === undefined && kind === undefined && labels === undefined) return true
  const fits = (target: Target) =>
    namespaceFits(namespace, target) && oneOf(kind, target.kind) && labelsFit(labels, target, every)
  return every ? asked.plan.targets.length > 0 && asked.plan.targets.every(fits) : asked.plan.targets.some(fits)
}

// A Namespace is in itself: a rule about `prod-*` also means the namespace prod-eu as an object.
function namespaceFits(pattern: string | string[] | undefined, { kind, name, namespace }: Target): boolean {
  if (pattern === undefined) return true
  const where = kind === 'Namespace' ? name : namespace
  return where !== undefined && oneOf(pattern, where)
}

// Labels that are not known count against the request: they meet a rule that restricts, and none that frees.
function labelsFit(wanted: Record<string, string> | undefined, { labels }: Target, every: boolean): boolean {
  if (wanted === undefined) return true
  if (labels === undefined) return !every
  return Object.entries(wanted).every(([key, pattern]) => {
    const value = labels[key]
    return value !== undefined && globMatches(pattern, value)
  })
}

const listOf = <T extends string>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value])

const oneOf = (patterns: string | string[] | undefined, text: string): boolean =>
  patterns === undefined || listOf(patterns).some((pattern) => globMatches(pattern, text))
