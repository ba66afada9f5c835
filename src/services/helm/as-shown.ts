import { Stale } from '../changes/outcomes.ts'
import { beyond, type ByKey, differences, disagreement } from './agreement.ts'
import type { ReleaseSteps } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import { dryRun, needsDefinitions, readDryRun, type RenderQuestion, renderText } from './render-runs.ts'

/**
 * Renders what was planned without a look at the cluster once more with one, now that a person has approved it. Throws `Stale` where that
 * makes anything else: the chart looks something up, and hides it.
 */
export async function assertAsShown(tools: HelmTools, steps: ReleaseSteps): Promise<void> {
  const { action, namespace, name, chart: sha256, values = {}, skipCrds } = steps
  if (!steps.mustMatch || sha256 === undefined || (action !== 'install' && action !== 'upgrade')) return
  const chart = await tools.charts.pinned(sha256)
  const question: RenderQuestion = { command: action, namespace, name, chart, values, skipCrds }
  const [shown, again, unknowing, seeing] = await Promise.all([
    renderText(tools, question),
    renderText(tools, question),
    dryRun(tools, question, 'client'),
    dryRun(tools, question),
  ])
  // Its own definitions are not there yet: it can be rendered only as it was shown.
  if (needsDefinitions(question, seeing)) return
  if (seeing.code !== 0) throw new Stale('with a look at the cluster the chart does not render any more')
  const real = await readDryRun(tools, question, seeing)
  const other = unknowing.code === 0 ? await readDryRun(tools, question, unknowing) : shown
  const restless = disagreement(shown.keys, again.keys)
  if (isOther(real.keys, [shown.keys, other.keys], restless))
    throw new Stale('the chart looks something up in the cluster, and makes something else then')
}

/**
 * Whether an object is in neither of the two that looked nothing up: `helm template` knows no revision, and Helm's dry run without a look
 * does not know what the cluster can do. What differs each time does not count.
 */
function isOther(
  real: ByKey,
  [shown, other]: readonly [ByKey, ByKey],
  restless: ReadonlyMap<string, readonly string[]>,
): boolean {
  if (beyond(real, shown).some((key) => other.has(key))) return true
  return [...real].some(([key, { object }]) => {
    const known = [shown.get(key), other.get(key)].filter((each) => each !== undefined)
    const open = restless.get(key) ?? []
    return !known.some((each) => [...differences(each.object, object)].every((path) => open.includes(path)))
  })
}
