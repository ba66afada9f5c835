import type { KubeObject } from '../../kubernetes/types.ts'
import { groupOf } from '../describe/read.ts'
import { isRecord } from '../manifests/json.ts'
import { onThread, TooCostly } from '../threads.ts'
import type { Release } from './release.ts'
import { parseRendered, type RenderedManifest } from './rendered.ts'

export type { RenderedFault, RenderedManifest, RenderedObject } from './rendered.ts'

/** Characters that are read at once; more are read on a thread of their own. */
const SMALL = 64 * 1024
/** Most characters of a manifest. Those of the largest charts in use have 5 MiB. */
const MOST_MANIFEST = 16 * 1024 * 1024

const isRendered = (value: unknown): value is RenderedManifest =>
  isRecord(value) && Array.isArray(value['objects']) && Array.isArray(value['hooks']) && Array.isArray(value['faults'])

/**
 * What a chart was rendered to: the text of a release's manifest, or of `helm template`, where the hooks stand among the rest. Never
 * throws for what is in the text: `faults` has what could not be read. Throws `cancelled`.
 */
export async function readRendered(text: string, signal: AbortSignal): Promise<RenderedManifest> {
  if (text.length <= SMALL) return parseRendered(text)
  if (text.length > MOST_MANIFEST) return unreadable(`it is longer than ${MOST_MANIFEST} characters`)
  try {
    const answer = await onThread(import.meta, './rendered-worker', text, signal)
    if (isRendered(answer)) return answer
    throw new TypeError('A thread answered something that is not a rendered manifest.')
  } catch (error) {
    if (error instanceof TooCostly) return unreadable('it takes too much time or memory to read')
    throw error
  }
}

const unreadable = (text: string): RenderedManifest => ({
  objects: [],
  hooks: [],
  faults: [{ source: '', line: 1, text }],
})

/** What a stored release says it made; its hooks, which Helm keeps apart, among `hooks`. */
export async function manifestOf(release: Release, signal: AbortSignal): Promise<RenderedManifest> {
  const manifest = await readRendered(release.manifest, signal)
  const text = release.hooks.map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join('')
  const hooks = await readRendered(text, signal)
  return {
    objects: manifest.objects,
    hooks: [...manifest.hooks, ...hooks.hooks, ...hooks.objects],
    faults: [...manifest.faults, ...hooks.faults],
  }
}

/**
 * Names an object among those of a release, as Helm itself tells them apart: group, kind, namespace and name, whatever the version.
 * `namespace`: the release's, for objects that name none.
 */
export const objectKey = (object: KubeObject, namespace: string): string =>
  [groupOf(object), object.kind, object.metadata.namespace ?? namespace, object.metadata.name].join('/')
