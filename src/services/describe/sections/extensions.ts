import type { KubeObject } from '../../../kubernetes/types.ts'
import { at, type Fields, listAt, scalarAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'
import { type Fact, facts, lines, selectorText, show, table } from './section.ts'

const DEFINITION: readonly Fact<KubeObject>[] = [
  ['Group', 'spec.group'],
  ['Kind', 'spec.names.kind'],
  ['Plural', 'spec.names.plural'],
  ['Short names', 'spec.names.shortNames'],
  ['Categories', 'spec.names.categories'],
  ['Scope', 'spec.scope'],
  [
    'Conversion',
    (it) =>
      joined([textAt(it, 'spec.conversion.strategy'), client(at(it, 'spec.conversion.webhook.clientConfig'))], ' by '),
  ],
]

/** A CustomResourceDefinition: what it defines; its schemas are for explain. */
export const definitionSections = ({ object }: Snapshot): Section[] => [
  ...lines('Definition', facts(object, DEFINITION)),
  ...table(
    'Versions',
    ['version', 'served', 'stored', 'deprecated', 'subresources'],
    listAt(object, 'spec.versions').map(version),
  ),
]

const version = (each: Fields): unknown[] => [
  each['name'],
  each['served'],
  each['storage'],
  each['deprecated'],
  Object.keys(subresources(each)),
]

const subresources = (each: Fields): object => {
  const found = each['subresources']
  return typeof found === 'object' && found !== null ? found : {}
}

const API_SERVICE: readonly Fact<KubeObject>[] = [
  ['Group', 'spec.group'],
  ['Version', 'spec.version'],
  [
    'Service',
    (it) =>
      joined([textAt(it, 'spec.service.namespace'), textAt(it, 'spec.service.name')], '/') || 'the API server itself',
  ],
  ['Port', 'spec.service.port'],
  ['Skips TLS verification', 'spec.insecureSkipTLSVerify'],
]

/** An APIService: who serves a group and version. */
export const apiServiceSections = ({ object }: Snapshot): Section[] => lines('API service', facts(object, API_SERVICE))

/** A webhook configuration: each webhook, whom it calls, and what happens where that fails. */
export const webhookSections = ({ object }: Snapshot): Section[] =>
  listAt(object, 'webhooks').flatMap((each) => lines(`Webhook ${textAt(each, 'name') ?? ''}`, facts(each, WEBHOOK)))

const WEBHOOK: readonly Fact[] = [
  ['Calls', (it) => client(it['clientConfig'])],
  ['Where it fails', 'failurePolicy'],
  ['Waits', (it) => (it['timeoutSeconds'] === undefined ? '' : `${show(it['timeoutSeconds'])}s`)],
  ['Side effects', 'sideEffects'],
  ['Namespaces', (it) => selectorText(it['namespaceSelector'])],
  ['Objects', (it) => selectorText(it['objectSelector'])],
  ['Rules', (it) => listAt(it, 'rules').map(webhookRule)],
  ['Match conditions', (it) => listAt(it, 'matchConditions').map((each) => each['expression'])],
]

const webhookRule = (each: Fields): string =>
  `${show(each['operations'])} of ${joined([show(each['resources']), show(each['apiGroups'])], ' in ')}`

/** Whom the API server calls: a service with its path, or an address. */
function client(config: unknown): string {
  const url = textAt(config, 'url')
  if (url !== undefined || config === undefined) return url ?? ''
  const place = joined([textAt(config, 'service.namespace'), textAt(config, 'service.name')], '/')
  return `service ${joined([place, scalarAt(config, 'service.port')], ':')}${textAt(config, 'service.path') ?? ''}`
}
