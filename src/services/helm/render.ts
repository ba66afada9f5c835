import { problems } from '../../errors.ts'
import { agreedHash, beyond, type ByKey, disagreement } from './agreement.ts'
import type { HelmTools } from './changing.ts'
import { type LookingUp, lookingUp } from './looking-up.ts'
import {
  type ApplyMethod,
  dryRun,
  needsDefinitions,
  readDryRun,
  type Rendered,
  type RenderQuestion,
  renderText,
} from './render-runs.ts'
import type { RenderedManifest } from './rendered.ts'

/** What a chart makes, as it can be shown: nothing in it was looked up in the cluster. */
export interface Rendering {
  /** How Helm writes it. */
  method: ApplyMethod
  manifest: RenderedManifest
  /** By `objectKey`: the paths whose values are other ones each time it is rendered. */
  open: ReadonlyMap<string, readonly string[]>
  lookingUp: LookingUp
  /** Hash of what is shown, but for what is other each time. */
  hash: string
  /** Bytes that the release takes where Helm stores it, as far as can be told before. */
  size: number
}

/**
 * Renders a chart twice, as Helm will: by its own dry run, or, where it may look things up or brings the definitions of what it makes,
 * without a look at the cluster. Throws `chart_not_rendered`, `chart_unstable`, what the binary throws.
 */
export async function render(tools: HelmTools, question: RenderQuestion): Promise<Rendering> {
  const found = await lookingUp(tools, question.chart, question.values)
  const [once, again] = await (found.may ? blindly(tools, question) : seeing(tools, question))
  const open = disagreement(once.keys, again.keys)
  const restless = restlessOf(once.keys, again.keys)
  const { name } = question.chart
  if (restless.length > 0 && !tools.unstable.includes(name)) throw problems.chartUnstable(name, restless)
  const { method, manifest, size } = once
  return { method, manifest, size, open, lookingUp: found, hash: agreedHash(once.keys, again.keys) }
}

type Twice = readonly [Rendered, Rendered]

const blindly = (tools: HelmTools, question: RenderQuestion): Promise<Twice> =>
  Promise.all([renderText(tools, question), renderText(tools, question)])

async function seeing(tools: HelmTools, question: RenderQuestion): Promise<Twice> {
  const [once, again] = await Promise.all([dryRun(tools, question), dryRun(tools, question)])
  if (needsDefinitions(question, once)) return blindly(tools, question)
  return [await readDryRun(tools, question, once), await readDryRun(tools, question, again)]
}

/** What is never the same: fields, or whole objects. */
function restlessOf(one: ByKey, other: ByKey): string[] {
  const fields = [...disagreement(one, other)].map(([key, paths]) => `${spoken(key)}: ${paths.slice(0, 10).join(', ')}`)
  return [...fields, ...[...beyond(one, other), ...beyond(other, one)].map((key) => `${spoken(key)} (its name)`)]
}

/** Kind, namespace and name of an `objectKey`. */
export const spoken = (key: string): string =>
  key
    .split('/')
    .slice(1)
    .join(' ')
    .replace(/ (\S+)$/, '/$1')
