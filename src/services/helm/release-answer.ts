import { stringify } from 'yaml'
import { turn } from '../../kubernetes/turns.ts'
import { plural } from '../describe/words.ts'
import { maskObject } from '../safety/mask-object.ts'
import type { ReleaseMask } from './known-secrets.ts'
import type { RenderedManifest } from './manifest.ts'
import type { Hook, Release } from './release.ts'
import type { ReleaseAnswer } from './schema.ts'
import { allValues } from './values.ts'

// The parts of the answer about one release.

/** What a release says of itself. Nothing is masked yet. */
export function factsAbout(release: Release, withDefaults: boolean) {
  const { chart, manifest: _manifest, ...facts } = release
  const { name, version, appVersion, metadata } = chart
  return {
    ...facts,
    labels: { ...release.labels },
    chart: { name, version, appVersion, metadata },
    ...(withDefaults ? { allValues: allValues(release.values, chart.values) } : {}),
    hooks: release.hooks.map(hookOf),
  }
}

function hookOf({ manifest: _manifest, path, ...hook }: Hook): ReleaseAnswer['hooks'][number] {
  const { events, deletePolicies, outputLogPolicies } = hook
  return {
    ...hook,
    source: path,
    events: [...events],
    deletePolicies: [...deletePolicies],
    outputLogPolicies: [...outputLogPolicies],
  }
}

/** Most characters of a manifest that are shown. */
const MOST_SHOWN = 512 * 1024

/** The objects as YAML, made anew from their masked form: in the text as it is stored no mask is sure. `left`: how many found no room. */
export async function yamlOf(
  { objects }: RenderedManifest,
  mask: ReleaseMask,
): Promise<{ text: string; left: number }> {
  const documents: string[] = []
  let room = MOST_SHOWN
  for (const { object, source } of objects) {
    const shown = mask.of(maskObject(object))
    room -= JSON.stringify(shown).length
    if (room < 0) break
    await turn()
    documents.push(`---\n# Source: ${source}\n${stringify(shown)}`)
  }
  return { text: documents.join(''), left: objects.length - documents.length }
}

const MOST_FAULTS = 20

/** What the answer does not have. `left`: objects that the manifest had no room for. */
export function faultsOf({ faults }: RenderedManifest, left: number): { faults?: string[] } {
  const told = faults.map(({ source, line, text }) => `${source || 'manifest'} (line ${line}): ${text}`)
  const more = told.length - MOST_FAULTS
  const all = [
    ...told.slice(0, MOST_FAULTS),
    ...(more > 0 ? [`and ${plural(more, 'more part')}`] : []),
    ...(left > 0
      ? [`${plural(left, 'object')} found no room in manifest, which has at most ${MOST_SHOWN} characters`]
      : []),
  ]
  return all.length === 0 ? {} : { faults: all }
}
