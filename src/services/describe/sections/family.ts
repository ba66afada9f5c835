import type { KubeObject } from '../../../kubernetes/types.ts'
import { age } from '../age.ts'
import { kindKey, listAt, numberAt, textAt } from '../read.ts'
import { isWell, printedPod, restartsText } from '../pod-status.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { statusLine } from '../status.ts'
import { joined } from '../words.ts'
import { table } from './section.ts'

interface Columns {
  names: readonly string[]
  cells: (object: KubeObject, snapshot: Snapshot) => unknown[]
}

// What a row about an object of each kind says, after its name and before its age.
const COLUMNS: Readonly<Record<string, Columns>> = {
  Pod: {
    names: ['ready', 'status', 'restarts', 'node', 'ip'],
    cells: (pod, { now }) => {
      const printed = printedPod(pod)
      return [
        `${printed.ready}/${printed.total}`,
        printed.status,
        restartsText(printed, now),
        textAt(pod, 'spec.nodeName'),
        textAt(pod, 'status.podIP'),
      ]
    },
  },
  'ReplicaSet.apps': {
    names: ['revision', 'desired', 'ready', 'images'],
    cells: (set) => [
      revision(set),
      numberAt(set, 'spec.replicas'),
      numberAt(set, 'status.readyReplicas') ?? 0,
      images(set),
    ],
  },
}

const OTHERS: Columns = { names: ['status'], cells: (object, snapshot) => [statusLine({ ...snapshot, object })] }

const REVISION = 'deployment.kubernetes.io/revision'
const revision = ({ metadata }: KubeObject): string => metadata.annotations?.[REVISION] ?? ''
const images = (set: KubeObject): string =>
  joined(listAt(set, 'spec.template.spec.containers').map((container) => textAt(container, 'image')))

/** A table for each kind of what the object owns and is about; `skip` names kinds that the object's own sections tell. */
export const familySections = (snapshot: Snapshot, skip: readonly string[]): Section[] => [
  ...tables('', snapshot.owned, snapshot, skip),
  ...tables('Related ', snapshot.related, snapshot, skip),
]

function tables(
  prefix: string,
  objects: readonly KubeObject[],
  snapshot: Snapshot,
  skip: readonly string[],
): Section[] {
  const kinds = Map.groupBy(objects, kindKey)
  return [...kinds]
    .filter(([key]) => !skip.includes(key))
    .flatMap(([key, family]) => kindTable(prefix, key, family, snapshot))
}

function kindTable(prefix: string, key: string, family: readonly KubeObject[], snapshot: Snapshot): Section[] {
  const { names, cells } = COLUMNS[key] ?? OTHERS
  const rows = sorted(key, family).map((each) => [
    each.metadata.name,
    ...cells(each, snapshot),
    age(snapshot.now, each.metadata.creationTimestamp),
  ])
  return table(`${prefix}${plural(family[0]?.kind ?? key)}`, ['name', ...names, 'age'], rows)
}

const plural = (kind: string): string =>
  kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}${/(?:s|x|ch)$/.test(kind) ? 'es' : 's'}`

/** Pods that are not well first; ReplicaSets that still have pods first, the newest before; the newest of the others first. */
function sorted(key: string, family: readonly KubeObject[]): KubeObject[] {
  const rank = RANKS[key]
  const ranks = new Map(family.map((each) => [each, rank?.(each) ?? 0]))
  return family.toSorted((one, other) => (ranks.get(other) ?? 0) - (ranks.get(one) ?? 0) || newest(one, other))
}

const RANKS: Readonly<Record<string, (object: KubeObject) => number>> = {
  Pod: (pod) => (isWell(pod) ? 0 : 1),
  'ReplicaSet.apps': (set) => ((numberAt(set, 'spec.replicas') ?? 0) > 0 ? 1 : 0),
}

const newest = (one: KubeObject, other: KubeObject): number =>
  Date.parse(other.metadata.creationTimestamp ?? '') - Date.parse(one.metadata.creationTimestamp ?? '') ||
  one.metadata.name.localeCompare(other.metadata.name, 'en', { numeric: true })
