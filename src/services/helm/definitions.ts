import type { ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { findObject } from '../changes/targets.ts'
import type { Cluster } from '../cluster.ts'
import type { PinnedChart } from './charts.ts'
import { readRendered } from './manifest.ts'
import type { RenderedObject } from './rendered.ts'

/** Custom resource definitions. */
export const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  name: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}

/** What Helm does with the definitions of a chart (its crds/) when it installs it. */
export interface Definitions {
  /** Those that are not there yet: Helm makes them before all else. */
  made: RenderedObject[]
  notes: string[]
}

/** The definitions that an install makes; `skip`: none. */
export async function definitionsOf(cluster: Cluster, { crds }: PinnedChart, skip: boolean): Promise<Definitions> {
  if (crds.length === 0) return { made: [], notes: [] }
  if (skip) return { made: [], notes: ["The chart's own definitions (crds/) are not installed: skipCrds."] }
  const { objects } = await readRendered(crds.join('\n---\n'), cluster.call.signal)
  const live = await Promise.all(
    objects.map(({ object }) => findObject(cluster, DEFINITIONS, undefined, nameOf(object))),
  )
  const there = objects.filter((_each, index) => live[index] !== undefined).map(({ object }) => nameOf(object))
  return {
    made: objects
      .filter((_each, index) => live[index] === undefined)
      .map(({ object }) => ({ object, source: 'crds/' })),
    notes:
      there.length === 0
        ? []
        : [`Helm leaves these definitions as they are, since they are there: ${there.join(', ')}.`],
  }
}

const nameOf = ({ metadata }: KubeObject) => metadata.name
