import type { KubeObject } from '../../../kubernetes/types.ts'
import { at, type Fields, fieldsAt, listAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'
import { type Fact, facts, lines, selectorText, show } from './section.ts'

const CLAIM: readonly Fact<KubeObject>[] = [
  ['Phase', 'status.phase'],
  ['Volume', 'spec.volumeName'],
  ['Storage class', 'spec.storageClassName'],
  ['Requested', 'spec.resources.requests.storage'],
  ['Capacity', 'status.capacity.storage'],
  ['Access modes', 'spec.accessModes'],
  ['Volume mode', 'spec.volumeMode'],
  ['Data source', (it) => show(at(it, 'spec.dataSourceRef')) || show(at(it, 'spec.dataSource'))],
  ['Selector', (it) => selectorText(at(it, 'spec.selector'))],
  ['Selected node', (it) => it.metadata.annotations?.['volume.kubernetes.io/selected-node']],
  ['Provisioner', (it) => it.metadata.annotations?.['volume.kubernetes.io/storage-provisioner']],
]

const VOLUME: readonly Fact<KubeObject>[] = [
  ['Phase', 'status.phase'],
  ['Reason', 'status.reason'],
  ['Message', 'status.message'],
  ['Claim', (it) => joined([textAt(it, 'spec.claimRef.namespace'), textAt(it, 'spec.claimRef.name')], '/')],
  ['Storage class', 'spec.storageClassName'],
  ['Capacity', 'spec.capacity.storage'],
  ['Access modes', 'spec.accessModes'],
  ['Volume mode', 'spec.volumeMode'],
  ['Reclaim policy', 'spec.persistentVolumeReclaimPolicy'],
  ['Node affinity', (it) => listAt(it, 'spec.nodeAffinity.required.nodeSelectorTerms').map(term)],
  ['Mount options', 'spec.mountOptions'],
  ['Source', (it) => source(fieldsAt(it, 'spec'))],
]

const CLASS: readonly Fact<KubeObject>[] = [
  ['Default', (it) => it.metadata.annotations?.['storageclass.kubernetes.io/is-default-class']],
  ['Provisioner', 'provisioner'],
  ['Parameters', 'parameters'],
  ['Reclaim policy', 'reclaimPolicy'],
  ['Binding mode', 'volumeBindingMode'],
  ['Expansion', 'allowVolumeExpansion'],
  ['Mount options', 'mountOptions'],
  ['Topologies', 'allowedTopologies'],
]

const ofFacts =
  (title: string, table: readonly Fact<KubeObject>[]) =>
  ({ object }: Snapshot): Section[] =>
    lines(title, facts(object, table))

/** A PersistentVolumeClaim. */
export const claimSections = ofFacts('Claim', CLAIM)
/** A PersistentVolume. */
export const volumeSections = ofFacts('Volume', VOLUME)
/** A StorageClass. */
export const storageClassSections = ofFacts('Storage class', CLASS)

const term = (each: Fields): string =>
  joined(
    listAt(each, 'matchExpressions').map((expression) =>
      joined([show(expression['key']), show(expression['operator']), `(${show(expression['values'])})`], ' '),
    ),
  )

// Every field of the spec that is none of these is the volume's source.
const KNOWN = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeMode',
  'volumeAttributesClassName',
]

const source = (spec: Fields): string =>
  joined(
    Object.entries(spec)
      .filter(([field]) => !KNOWN.includes(field))
      .map(([field, of]) => `${field} (${show(of)})`),
  )
