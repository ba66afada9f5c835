import type { KubeObject } from '../../../kubernetes/types.ts'
import { fieldsAt, listAt, scalar } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { clip } from '../words.ts'
import { type Fact, facts, lines } from './section.ts'

const MOST_VALUE = 200

/** A ConfigMap: its keys, the size of each value, and the value where it is short. */
export const configMapSections = ({ object }: Snapshot): Section[] => [
  ...lines('ConfigMap', facts(object, [['Immutable', 'immutable']])),
  ...lines(
    'Data',
    Object.entries(fieldsAt(object, 'data')).map(([key, value]) => entry(key, scalar(value) ?? '')),
  ),
  ...lines(
    'Binary data',
    Object.entries(fieldsAt(object, 'binaryData')).map(
      ([key, value]) => `${key} (${Buffer.byteLength(scalar(value) ?? '', 'base64')} bytes)`,
    ),
  ),
]

const entry = (key: string, value: string): string => `${key} (${Buffer.byteLength(value)} bytes): ${short(value)}`

// Line ends are told as \n, so that one value stays one line.
const short = (value: string): string =>
  value.includes('\n') ? clip(JSON.stringify(value), MOST_VALUE) : clip(value, MOST_VALUE)

/** A Secret: its type and its keys. Never a value, nor its size. */
export const secretSections = ({ object }: Snapshot): Section[] => [
  ...lines(
    'Secret',
    facts(object, [
      ['Type', 'type'],
      ['Immutable', 'immutable'],
    ]),
  ),
  ...lines('Keys', Object.keys({ ...fieldsAt(object, 'data'), ...fieldsAt(object, 'stringData') })),
]

const ACCOUNT: readonly Fact<KubeObject>[] = [
  ['Image pull secrets', (it) => listAt(it, 'imagePullSecrets').map((each) => each['name'])],
  ['Mountable secrets', (it) => listAt(it, 'secrets').map((each) => each['name'])],
  ['Mounts its token', 'automountServiceAccountToken'],
]

/** A ServiceAccount. */
export const accountSections = ({ object }: Snapshot): Section[] => lines('Service account', facts(object, ACCOUNT))
