import { randomBytes } from 'node:crypto'
import { until } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'

/** A custom resource. */
export interface Custom {
  group: string
  kind: string
  plural: string
}

/** Makes a CustomResourceDefinition, and does not wait for anything. */
export async function define(
  { api }: TestCluster,
  schema: object,
  kind = `Widget${randomBytes(3).toString('hex')}`,
): Promise<Custom> {
  const plural = `${kind.toLowerCase()}s`
  const group = `g${randomBytes(3).toString('hex')}.example.com`
  await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), shortNames: [`x${kind.toLowerCase()}`] },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  })
  return { group, kind, plural }
}

/** Waits until discovery has a kind: from then on it must be explained. */
export const served = (cluster: TestCluster, { group, plural }: Custom) =>
  until(`${plural} is served`, () => cluster.api.answers(`/apis/${group}/v1/${plural}`))
