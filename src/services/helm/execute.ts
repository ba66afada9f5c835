import { once } from 'node:events'
import { Problem, problems } from '../../errors.ts'
import { isCancellation, Refused, Unproven } from '../changes/outcomes.ts'
import type { Done, Execution } from '../changes/plan.ts'
import { readBefore } from '../changes/writes.ts'
import { yamlSafe } from '../manifests/server-side-apply.ts'
import { endingOf, failureOf, type HelmFlags, type HelmResult } from './binary.ts'
import type { ReleaseResult, ReleaseSteps } from './change-schema.ts'
import { CHART_LABEL, chartLabel, descriptionOf, EXECUTION_LABEL, type HelmTools } from './changing.ts'
import { assertAsShown } from './as-shown.ts'
import { longestRun } from './evidence.ts'
import { outcomeOf, type ReleaseOutcome } from './outcome.ts'
import { resultOf } from './result.ts'
import { watch } from './watch.ts'

/**
 * Runs helm with the chart and the values that were approved, and says what became of it. A server that ends meanwhile leaves helm
 * running: what it did is settled by evidence.
 */
export async function executeRelease(
  tools: HelmTools,
  steps: ReleaseSteps,
  execution: Execution,
): Promise<Done<ReleaseResult>> {
  const { chart } = steps
  if (chart !== undefined) await readBefore(() => tools.charts.pinned(chart))
  await readBefore(() => assertAsShown(tools, steps))
  await execution.beforeSend()
  const stop = new AbortController()
  const running = begin(tools, steps, execution, stop.signal)
  const ended = new AbortController()
  const watching = watch(tools, steps, execution, ended.signal).catch((error: unknown) => stopFor(error, stop))
  try {
    const result = await Promise.race([running, left(tools.cluster.call.signal, ended.signal)])
    return await told(tools, steps, execution.id, { result, isCancelled: stop.signal.aborted })
  } finally {
    ended.abort()
    await watching
  }
}

function stopFor(error: unknown, stop: AbortController): void {
  // Whatever else goes wrong while it is watched is no reason to end Helm in the middle.
  if (isCancellation(error)) stop.abort()
}

/** Rejects when this server ends before Helm does. */
async function left(server: AbortSignal, ended: AbortSignal): Promise<never> {
  if (!server.aborted) await once(server, 'abort', { signal: ended })
  throw new Unproven('The server ended while Helm ran, and left it running.')
}

async function begin(
  { binary, charts, cluster }: HelmTools,
  steps: ReleaseSteps,
  execution: Execution,
  signal: AbortSignal,
): Promise<HelmResult> {
  const { action, name, chart, to, values } = steps
  const last = action === 'rollback' ? [String(to)] : chart === undefined ? [] : [charts.path(chart)]
  try {
    return await binary.run({
      command: action,
      flags: flagsOf(steps, execution.id),
      positionals: [name, ...last],
      ...(values === undefined ? {} : { values: yamlSafe(values) }),
      cluster,
      signal,
      timeout: longestRun(steps),
      started: (group) => execution.started?.(group),
    })
  } catch (error) {
    // It throws before helm is given anything to do: no binary, no credentials.
    throw error instanceof Problem ? new Refused(error) : error
  }
}

function flagsOf(steps: ReleaseSteps, id: string): HelmFlags {
  const { action, namespace, wait, timeoutSeconds: timeout, forceConflicts, rollbackOnFailure } = steps
  const common = { namespace, wait, timeout, description: descriptionOf(id) }
  if (action === 'uninstall') return common
  const conflicts = forceConflicts ? { 'force-conflicts': true } : {}
  if (action === 'rollback') return { ...common, ...conflicts }
  const labels = { [EXECUTION_LABEL]: id, [CHART_LABEL]: chartLabel(steps.chart ?? '') }
  const rendered = { ...common, labels, 'skip-crds': steps.skipCrds, 'rollback-on-failure': rollbackOnFailure }
  if (action === 'install') return { ...rendered, 'create-namespace': steps.createNamespace }
  return { ...rendered, ...conflicts, 'reset-values': true }
}

interface Ended {
  result: HelmResult
  isCancelled: boolean
}

/** What is true of the release, whatever helm says of it. */
async function told(
  tools: HelmTools,
  steps: ReleaseSteps,
  id: string,
  { result, isCancelled }: Ended,
): Promise<Done<ReleaseResult>> {
  const found = await lookAt(tools, steps, id)
  const failure = result.code === 0 ? undefined : failureOf(steps.action, result)
  const said = [failure?.message, found.state === 'done' ? undefined : found.text].filter(isGiven).join(' ')
  if (found.state === 'unknown' && !isCancelled) throw new Unproven(said)
  if (found.state === 'done') return doneAs('succeeded', await resultOf(tools, steps, found, said))
  if (!isCancelled && found.state !== 'part')
    throw new Refused(problems.helmFailed(steps.action, `${endingOf(result)}. ${found.text}`.replace(/\.$/, '')))
  return doneAs(isCancelled ? 'cancelled' : 'partially_applied', await resultOf(tools, steps, found, said))
}

const doneAs = (outcome: Done<unknown>['outcome'], output: ReleaseResult): Done<ReleaseResult> => ({
  outcome,
  output,
  ...(output.message === undefined ? {} : { reason: output.message }),
})

const isGiven = (text: string | undefined): text is string => text !== undefined && text !== ''

async function lookAt(tools: HelmTools, steps: ReleaseSteps, id: string): Promise<ReleaseOutcome> {
  try {
    return await outcomeOf(tools, steps, id)
  } catch (error) {
    throw new Unproven('Helm has ended, and what became of the release cannot be read.', { cause: error })
  }
}
