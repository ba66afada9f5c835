import type { KubeObject } from '../../../../kubernetes/types.ts'
import { at, conditionOf, listAt, scalarAt, textAt } from '../../../describe/read.ts'
import { clip, joined } from '../../../describe/words.ts'
import type { Facts } from '../../facts.ts'
import { allocatableOf, amountText, requestOf } from './nodes.ts'
import { unmetText } from './placement.ts'
import type { PodView } from './pods.ts'
import { namesOf, nearest } from './references.ts'
import { type Room, roomFor } from './suitable.ts'

/** One reason of the scheduler, for some of the nodes. */
export interface Refusal {
  nodes: number
  text: string
}

type Tell = (view: PodView, refusal: Refusal) => string

/** A kind of reason: its page, how the scheduler words it, and what to say of it. The surer it is the cause, the earlier it stands. */
export interface Reason {
  id: string
  pattern: RegExp
  tell: Tell
  /** It only keeps away nodes that others would do for. */
  minor?: true
}

// The scheduler's plugins in their own words (kubernetes pkg/scheduler/framework/plugins).
const REASONS: readonly Reason[] = [
  { id: 'claim-missing', pattern: /persistentvolumeclaim "[^"]{1,253}" not found/, tell: missingClaim },
  { id: 'claim-missing', pattern: /persistentvolumeclaim "[^"]{1,253}" is being deleted/, tell: (_, { text }) => text },
  { id: 'claim-unbound', pattern: /unbound immediate PersistentVolumeClaims/, tell: unboundClaims },
  {
    id: 'claim-unbound',
    pattern: /volume node affinity conflict|available persistent volumes to bind/,
    tell: (view) => `${claimsText(view)} cannot be reached from there`,
  },
  {
    id: 'node-selector-unmatched',
    pattern: /node affinity|node selector/,
    tell: ({ pod, facts }) => unmetText(pod, facts),
  },
  { id: 'insufficient-resources', pattern: /^Insufficient (\S+)|^Too many pods/, tell: lack },
  {
    id: 'insufficient-resources',
    pattern: /free ports/,
    tell: ({ pod }) => `another pod has host port ${hostPorts(pod)} there`,
  },
  {
    id: 'node-selector-unmatched',
    pattern: /existing pods.? anti-affinity/,
    tell: () => 'a pod runs there whose anti-affinity keeps this one away',
  },
  {
    id: 'node-selector-unmatched',
    pattern: /pod anti-affinity/,
    tell: ({ pod }) =>
      `a pod runs there that its anti-affinity keeps away from (${affinityText(pod, 'podAntiAffinity')})`,
  },
  {
    id: 'node-selector-unmatched',
    pattern: /pod affinity/,
    tell: ({ pod }) => `no pod runs there that its affinity wants to be with (${affinityText(pod, 'podAffinity')})`,
  },
  {
    id: 'node-selector-unmatched',
    pattern: /topology spread/,
    tell: () => 'its topologySpreadConstraints allow no more pods there',
  },
  { id: 'taint-not-tolerated', pattern: /untolerated taint/, tell: taint, minor: true },
  {
    id: 'taint-not-tolerated',
    pattern: /were unschedulable|were not ready/,
    tell: ({ facts }) => `cordoned${cordoned(facts)}`,
    minor: true,
  },
]

const OTHER: Reason = { id: 'insufficient-resources', pattern: /./, tell: (_, { text }) => text, minor: true }

/** A reason that was recognised. */
export interface Told {
  reason: Reason
  refusal: Refusal
}

/** Why the scheduler places a pod nowhere, by its own condition: the likeliest cause first. */
export function refusalsOf({ pod }: PodView): Told[] {
  const condition = conditionOf(pod, 'PodScheduled')
  if (condition?.status !== 'False' || condition.reason === 'SchedulingGated') return []
  const told = parse(condition.message ?? '').map((refusal) => ({
    reason: REASONS.find(({ pattern }) => pattern.test(refusal.text)) ?? OTHER,
    refusal,
  }))
  return told.toSorted((one, other) => rank(one) - rank(other))
}

const rank = ({ reason, refusal }: Told): number =>
  (reason.minor === true ? 1e6 : 0) +
  1e3 * (reason === OTHER ? REASONS.length : REASONS.indexOf(reason)) -
  refusal.nodes

// `0/5 nodes are available: 1 Insufficient cpu, 4 node(s) had untolerated taint {a: b}. preemption: ...`
function parse(message: string): Refusal[] {
  const reasons = message
    .replace(/^.{0,80}?nodes are available: /s, '')
    .replace(/[,.]? ?(?:no new claims to deallocate|preemption: ).*$/s, '')
    .replace(/\. not found\.?$/, '')
    .replace(/\.\s*$/, '')
  return reasons
    .split(/, (?=\d+ )/)
    .map((part) => /^(\d+) (.*)$/s.exec(part) ?? ['', '0', part])
    .flatMap(([, count = '0', text = '']) => (text.trim() === '' ? [] : [{ nodes: Number(count), text: text.trim() }]))
}

function missingClaim({ pod, facts }: PodView, { text }: Refusal): string {
  const name = /"([^"]{1,253})"/.exec(text)?.[1] ?? ''
  const { namespace } = pod.metadata
  const near = nearest(name, namesOf('PersistentVolumeClaim', namespace, facts))
  return `PersistentVolumeClaim ${namespace ?? ''}/${name} does not exist${near}`
}

const claimsOf = (pod: KubeObject): string[] =>
  listAt(pod, 'spec.volumes').flatMap((volume) => textAt(volume, 'persistentVolumeClaim.claimName') ?? [])

function claimsText({ pod }: PodView): string {
  const claims = claimsOf(pod)
  return claims.length === 0 ? 'a volume of it' : `the volume of claim ${claims.join(', ')}`
}

function unboundClaims({ pod, facts }: PodView): string {
  const { namespace } = pod.metadata
  const unbound = claimsOf(pod).filter(
    (name) => textAt(facts.find('PersistentVolumeClaim', namespace, name), 'status.phase') !== 'Bound',
  )
  const names = unbound.length === 0 ? claimsOf(pod) : unbound
  return `it waits for PersistentVolumeClaim ${names.map((name) => `${namespace ?? ''}/${name}`).join(', ')}, which has no volume yet`
}

/** `it asks for 64 of cpu, and the largest node (node1) has 4`. */
function lack({ pod, facts }: PodView, { text }: Refusal): string {
  const resource = /^Insufficient (\S+)/.exec(text)?.[1]?.replace(/[.,]$/, '') ?? 'pods'
  if (resource === 'pods') return 'it has as many pods as it takes'
  const asked = requestOf(pod, resource)
  return `it asks for ${amountText(resource, asked)} of ${resource}, and ${roomText(roomFor(pod, resource, facts), resource, asked)}`
}

function roomText({ largest, free }: Room, resource: string, asked: number): string {
  if (largest === undefined) return 'the nodes that it may be on have less free'
  const most = allocatableOf(largest, resource)
  if (most === 0) return `no node that it may be on has any`
  const has = `the largest node that it may be on (${largest.metadata.name}) has ${amountText(resource, most)}`
  if (asked > most) return has
  return free === undefined
    ? `${has}, of which other pods have too much`
    : `${has}; at most ${amountText(resource, free)} is free on one node`
}

const hostPorts = (pod: KubeObject): string =>
  listAt(pod, 'spec.containers')
    .flatMap((container) => listAt(container, 'ports'))
    .flatMap((port) => scalarAt(port, 'hostPort') ?? [])
    .join(', ')

function affinityText(pod: KubeObject, kind: string): string {
  const terms = listAt(pod, `spec.affinity.${kind}.requiredDuringSchedulingIgnoredDuringExecution`)
  const texts = terms.map((term) =>
    joined(
      [clip(JSON.stringify(at(term, 'labelSelector') ?? {}), 120), `by ${textAt(term, 'topologyKey') ?? ''}`],
      ' ',
    ),
  )
  return texts.join('; ') || 'none is required any more'
}

function taint({ facts }: PodView, { text }: Refusal): string {
  const named = /\{([^}]{1,300})\}/.exec(text)?.[1]?.replace(/: $/, '').replace(': ', '=')
  return named === undefined
    ? `taint ${taintsOf(facts)} is not tolerated`
    : `taint ${named.replace(/:$/, '')} is not tolerated`
}

// Newer schedulers do not say which.
function taintsOf(facts: Facts): string {
  const taints = facts.all('Node').flatMap((node) => listAt(node, 'spec.taints'))
  const texts = taints.map((each) => joined([textAt(each, 'key'), textAt(each, 'value')], '='))
  return [...new Set(texts)].slice(0, 3).join(', ') || 'of the node'
}

function cordoned(facts: Facts): string {
  const names = facts.all('Node').filter((node) => at(node, 'spec.unschedulable') === true)
  return names.length === 0
    ? ''
    : ` (${names
        .slice(0, 3)
        .map(({ metadata }) => metadata.name)
        .join(', ')})`
}
