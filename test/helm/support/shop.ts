import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartOf, type Entry } from './chart.ts'

const SHOP = join(import.meta.dirname, '..', '..', 'data', 'charts', 'shop')
const FILES = [
  'values.yaml',
  'values.schema.json',
  'templates/NOTES.txt',
  'templates/config.yaml',
  'templates/hook.yaml',
  'templates/web.yaml',
]

/** The chart of test/data/charts, named web as the registry's repository is, with more files where they are given. */
export const shopChart = (version: string, more: Readonly<Record<string, Entry>> = {}): Promise<Buffer> =>
  chartOf('web', version, {
    ...Object.fromEntries(FILES.map((name) => [name, readFileSync(join(SHOP, name), 'utf8')])),
    'templates/settings.yaml': '',
    ...more,
  })

/** A template of a ConfigMap with one value. */
export const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: ${value}\n`

/** A Deployment whose pods fit on no node: it never becomes ready. */
export const NEVER_READY = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-slow
spec:
  selector: {matchLabels: {app: slow}}
  template:
    metadata: {labels: {app: slow}}
    spec:
      nodeSelector: {nowhere: "true"}
      containers: [{name: slow, image: "shop/slow:1"}]
`

/** The definition of a kind Gear in a group. */
export const gearDefinition = (group: string): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gears.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {plural: gears, singular: gear, kind: Gear}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`
