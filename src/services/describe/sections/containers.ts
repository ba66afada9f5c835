import { age } from '../age.ts'
import { type Container, containersOf, stateOf } from '../containers.ts'
import { at, type Fields, fieldsAt, listAt, numberAt, scalarAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import { joined } from '../words.ts'
import { type Fact, fact, facts, lines, show, under } from './section.ts'

/** One section for each container of a Pod or a pod template. */
export const containerSections = (pod: unknown, now: Date): Section[] =>
  containersOf(pod).flatMap((container) =>
    lines(`${capital(container.role)} ${container.name}`, containerLines(container, now)),
  )

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`

const containerLines = (container: Container, now: Date): string[] => [
  ...facts(container.spec, IDENTITY),
  ...stateLines(container.status, now),
  ...facts(container.spec, REQUIREMENTS),
  ...under('Env', environment(container.spec)),
  ...under('Mounts', listAt(container.spec, 'volumeMounts').map(mount)),
]

const IDENTITY: readonly Fact[] = [
  ['Image', 'image'],
  ['Pull policy', 'imagePullPolicy'],
  ['Target container', 'targetContainerName'],
  ['Ports', (spec) => listAt(spec, 'ports').map(port)],
  ['Command', (spec) => quoted(spec['command'])],
  ['Args', (spec) => quoted(spec['args'])],
  ['Working directory', 'workingDir'],
]

const REQUIREMENTS: readonly Fact[] = [
  ['Requests', 'resources.requests'],
  ['Limits', 'resources.limits'],
  ['Claims', (spec) => listAt(spec, 'resources.claims').map((claim) => claim['name'])],
  ['Liveness', (spec) => probe(spec['livenessProbe'])],
  ['Readiness', (spec) => probe(spec['readinessProbe'])],
  ['Startup', (spec) => probe(spec['startupProbe'])],
  ['On start', (spec) => handler(fieldsAt(spec, 'lifecycle.postStart'))],
  ['Before stop', (spec) => handler(fieldsAt(spec, 'lifecycle.preStop'))],
  ['Security', 'securityContext'],
]

/** A command as it was given, so that its words can be told apart. */
const quoted = (words: unknown): string => (Array.isArray(words) ? JSON.stringify(words) : '')

function port(each: Fields): string {
  const host = scalarAt(each, 'hostPort')
  const named = joined([textAt(each, 'name'), host === undefined ? undefined : `host port ${host}`])
  return `${scalarAt(each, 'containerPort') ?? ''}/${textAt(each, 'protocol') ?? 'TCP'}${named === '' ? '' : ` (${named})`}`
}

function stateLines(status: Fields, now: Date): string[] {
  if (Object.keys(status).length === 0) return []
  return [
    ...fact('State', state(status, 'state', now)),
    ...fact('Last state', state(status, 'lastState', now)),
    ...fact('Ready', joined([scalarAt(status, 'ready'), `${numberAt(status, 'restartCount') ?? 0} restarts`])),
    ...fact('Image id', status['imageID']),
  ]
}

function state(status: Fields, which: 'state' | 'lastState', now: Date): string {
  const { word, state: of } = stateOf(status, which)
  const times = word === 'terminated' ? `ran ${runTime(of, now)}` : since('since', textAt(of, 'startedAt'), now)
  const exit = word === 'terminated' ? `exit code ${scalarAt(of, 'exitCode') ?? 'unknown'}` : ''
  const head = joined([word, textAt(of, 'reason'), exit, word === '' ? '' : times])
  return joined([head, textAt(of, 'message')], ': ')
}

// A container that never started carries the beginning of time.
function runTime(of: Fields, now: Date): string {
  const [started, finished] = [textAt(of, 'startedAt'), textAt(of, 'finishedAt')]
  const ran =
    started === undefined || finished === undefined || started.startsWith('1970')
      ? 'never'
      : age(new Date(finished), started)
  return joined([ran, since('ended', finished, now)])
}

const since = (word: string, time: string | undefined, now: Date): string =>
  time === undefined ? '' : `${word} ${age(now, time)}${word === 'ended' ? ' ago' : ''}`

/** What a probe asks, in the words of kubectl, with the API's defaults where the object leaves them out. */
export function probe(of: unknown): string {
  const asks = handler(of)
  if (asks === '') return ''
  const [delay, timeout, period, success, failure] = TIMING.map(([field, usual]) => numberAt(of, field) ?? usual)
  return `${asks} delay=${delay}s timeout=${timeout}s period=${period}s #success=${success} #failure=${failure}`
}

const TIMING = [
  ['initialDelaySeconds', 0],
  ['timeoutSeconds', 1],
  ['periodSeconds', 10],
  ['successThreshold', 1],
  ['failureThreshold', 3],
] as const

const HANDLERS: readonly (readonly [field: string, words: (of: unknown) => string])[] = [
  ['exec', (of) => `exec ${quoted(at(of, 'command'))}`],
  [
    'httpGet',
    (of) =>
      `http-get ${(textAt(of, 'scheme') ?? 'HTTP').toLowerCase()}://${textAt(of, 'host') ?? ''}:${show(at(of, 'port'))}${textAt(of, 'path') ?? ''}`,
  ],
  ['tcpSocket', (of) => `tcp-socket ${textAt(of, 'host') ?? ''}:${show(at(of, 'port'))}`],
  ['grpc', (of) => `grpc :${show(at(of, 'port'))}${fact(' service', at(of, 'service')).join('')}`],
  ['sleep', (of) => `sleep ${show(at(of, 'seconds'))}s`],
]

function handler(of: unknown): string {
  const [field, words] = HANDLERS.find(([name]) => at(of, name) !== undefined) ?? []
  return field === undefined || words === undefined ? '' : words(at(of, field))
}

const environment = (spec: Fields): string[] => [
  ...listAt(spec, 'envFrom').map(
    (source) => `all of ${reference(source)}${fact(', prefixed', source['prefix']).join('')}`,
  ),
  ...listAt(spec, 'env').map((each) => `${textAt(each, 'name') ?? ''}${value(each)}`),
]

const SOURCES: readonly (readonly [field: string, words: (of: unknown) => string])[] = [
  ['secretKeyRef', (of) => `key ${show(at(of, 'key'))} of secret ${show(at(of, 'name'))}${optional(of)}`],
  ['configMapKeyRef', (of) => `key ${show(at(of, 'key'))} of configmap ${show(at(of, 'name'))}${optional(of)}`],
  ['fieldRef', (of) => `field ${show(at(of, 'fieldPath'))}`],
  ['resourceFieldRef', (of) => `resource ${show(at(of, 'resource'))}`],
]

function value(variable: Fields): string {
  const from = fieldsAt(variable, 'valueFrom')
  const [field, words] = SOURCES.find(([name]) => from[name] !== undefined) ?? []
  if (field !== undefined && words !== undefined) return ` from ${words(from[field])}`
  return `=${show(variable['value'])}`
}

function reference(source: Fields): string {
  const kind = source['secretRef'] === undefined ? 'configMapRef' : 'secretRef'
  return `${kind === 'secretRef' ? 'secret' : 'configmap'} ${textAt(source, `${kind}.name`) ?? ''}${optional(source[kind])}`
}

const optional = (of: unknown): string => (at(of, 'optional') === true ? ' (optional)' : '')

const mount = (each: Fields): string => {
  const how = joined([
    each['readOnly'] === true ? 'ro' : 'rw',
    ...fact('subPath', each['subPath'] ?? each['subPathExpr']),
  ])
  return `${textAt(each, 'mountPath') ?? ''} from ${textAt(each, 'name') ?? ''} (${how})`
}
