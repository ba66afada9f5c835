import { setTimeout as delay } from 'node:timers/promises'
import type { TestCluster } from '../cluster/cluster.ts'

// The part of the Gateway API that the template writes, closed, so that a strict dry run finds what is not in it. Written from the
// API's reference (gateway.networking.k8s.io/v1); the definitions themselves are not ours to carry.

const text = { type: 'string' }
const port = { type: 'integer', minimum: 1, maximum: 65_535 }
const object = (properties: object, required: string[] = []) => ({ type: 'object', properties, required })
const list = (items: object) => ({ type: 'array', items, maxItems: 64 })
const oneOf = (...words: string[]) => ({ type: 'string', enum: words })

const reference = { group: text, kind: text, name: text, namespace: text }
const listener = object(
  {
    name: text,
    hostname: text,
    port,
    protocol: oneOf('HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP'),
    tls: object({ mode: oneOf('Terminate', 'Passthrough'), certificateRefs: list(object(reference, ['name'])) }),
    allowedRoutes: object({ namespaces: object({ from: oneOf('All', 'Selector', 'Same') }) }),
  },
  ['name', 'port', 'protocol'],
)
const rule = object({
  matches: list(object({ path: object({ type: oneOf('Exact', 'PathPrefix', 'RegularExpression'), value: text }) })),
  backendRefs: list(object({ ...reference, port, weight: { type: 'integer' } }, ['name'])),
})

const SPECS = {
  Gateway: object({ gatewayClassName: text, listeners: list(listener) }, ['gatewayClassName', 'listeners']),
  HTTPRoute: object({
    parentRefs: list(object({ ...reference, sectionName: text }, ['name'])),
    hostnames: list(text),
    rules: list(rule),
  }),
}

const GROUP = 'gateway.networking.k8s.io'

const definition = (kind: string, spec: object) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${kind.toLowerCase()}s.${GROUP}`,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
  },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind, listKind: `${kind}List`, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase() },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({ spec }) } }],
  },
})

/** Teaches a cluster the two kinds, and waits until its OpenAPI document has them. */
export async function installGatewayApi({ api }: TestCluster): Promise<void> {
  for (const [kind, spec] of Object.entries(SPECS))
    await api.ensure('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition(kind, spec))
  for (let turn = 0; turn < 300; turn++) {
    const document = JSON.stringify(await api.get(`/openapi/v3/apis/${GROUP}/v1`).catch(() => ''))
    if (Object.keys(SPECS).every((kind) => document.includes(`/${kind.toLowerCase()}s/{name}`))) return
    await delay(100)
  }
  throw new Error('the API server does not describe the Gateway API')
}
