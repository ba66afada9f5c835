import type { Effect } from './compose.ts'
import type { BlastRadius, Risk, Warning } from './plan.ts'

const ORDER: readonly Risk[] = ['low', 'medium', 'high', 'critical']

/** Why a change is a risk. */
interface Reason {
  risk: Risk
  reason: string
}

/** The highest of what the change is, what it warns of and what it takes with it; and every reason above low. */
export function riskOf(
  base: Reason,
  warnings: readonly Warning[],
  effects: readonly Effect[],
  blast: BlastRadius,
): { risk: Risk; reasons: string[] } {
  const all = [
    base,
    ...warnings.map(({ risk, text }) => ({ risk, reason: text })),
    ...untried(effects),
    ...losses(blast),
  ]
  const risk = all.reduce<Risk>((highest, each) => (rank(each.risk) > rank(highest) ? each.risk : highest), 'low')
  const telling = all.filter((each) => each.risk !== 'low').toSorted((a, b) => rank(b.risk) - rank(a.risk))
  return { risk, reasons: (telling.length === 0 ? [base] : telling).map(({ reason }) => reason) }
}

const rank = (risk: Risk) => ORDER.indexOf(risk)

function untried(effects: readonly Effect[]): Reason[] {
  const count = effects.filter((each) => !each.dryRun && each.action !== 'run').length
  return count === 0 ? [] : [{ risk: 'medium', reason: `The API server could not try ${count} of its objects.` }]
}

function losses({ podsGone, podsBack, servicesWithoutEndpoints, cascade }: BlastRadius): Reason[] {
  const lost = Object.values(cascade).reduce((sum, count) => sum + count, 0)
  const reasons: Reason[] = [
    {
      risk: servicesWithoutEndpoints.length > 0 ? 'high' : 'low',
      reason: `Services without endpoints: ${servicesWithoutEndpoints.join(', ')}.`,
    },
    { risk: podsGone > podsBack ? 'medium' : 'low', reason: `${podsGone - podsBack} pods go and do not come back.` },
    { risk: lost > 0 ? 'high' : 'low', reason: `${lost} other objects are deleted with it.` },
  ]
  return reasons.filter(({ risk }) => risk !== 'low')
}
