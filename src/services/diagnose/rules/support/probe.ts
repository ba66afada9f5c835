import type { Container } from '../../../describe/containers.ts'
import type { Occurrence } from '../../../describe/events.ts'
import { at, type Fields, fieldsAt, listAt, numberAt, scalarAt, textAt, textsAt } from '../../../describe/read.ts'
import { clip, joined } from '../../../describe/words.ts'
import type { View } from './containers.ts'

/** The three probes of a container. */
export type ProbeKind = 'liveness' | 'readiness' | 'startup'

const MOST_COMMAND = 80
const MOST_ANSWER = 160

const SAID: Readonly<Record<ProbeKind, string>> = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' }

/** The newest event about a probe that failed. */
export function probeEvent({ events }: View, kind: ProbeKind): Occurrence | undefined {
  const failed = new RegExp(`^${SAID[kind]} probe (?:failed|errored)`)
  return events.find(({ reason, message }) => reason === 'Unhealthy' && failed.test(message))
}

/** What a probe asks, what answered, and whether any container port is the one that it asks: one part of a sentence. */
export function probeSentence(view: View, kind: ProbeKind): string {
  const probe = fieldsAt(view.container.spec, `${kind}Probe`)
  const event = probeEvent(view, kind)
  const answer = event === undefined ? 'no event says what answered' : answerOf(event.message, probe)
  return joined([`${question(probe)}: ${answer}`, portNote(view.container, probe)], '; ')
}

/** `GET http://:8080/healthz`, `TCP port 9`, `gRPC port 50051`, `command cat /tmp/healthy`. */
function question(probe: Fields): string {
  if (at(probe, 'httpGet') !== undefined) return httpQuestion(fieldsAt(probe, 'httpGet'))
  const [tcp, grpc] = [scalarAt(probe, 'tcpSocket.port'), scalarAt(probe, 'grpc.port')]
  if (tcp !== undefined) return `TCP port ${tcp}`
  if (grpc !== undefined) return `gRPC port ${grpc}`
  const command = textsAt(probe, 'exec.command')
  return command.length === 0 ? 'what it asks was not read' : `command ${clip(command.join(' '), MOST_COMMAND)}`
}

function httpQuestion(get: Fields): string {
  const scheme = (textAt(get, 'scheme') ?? 'HTTP').toLowerCase()
  return `GET ${scheme}://${textAt(get, 'host') ?? ''}:${scalarAt(get, 'port') ?? ''}${textAt(get, 'path') ?? '/'}`
}

// The kubelet's words (k8s.io/kubernetes/pkg/probe) with the pod's address in them, and what a reader needs of each.
const ANSWERS: readonly (readonly [RegExp, (match: RegExpExecArray, probe: Fields) => string])[] = [
  [/statuscode: (\d+)/, ([, code = '']) => `status ${code}`],
  [/connection refused/, () => 'connection refused, nothing listens there'],
  [
    /context deadline exceeded|Client\.Timeout|i\/o timeout|timed out/,
    (_, probe) => `no answer within ${numberAt(probe, 'timeoutSeconds') ?? 1} s`,
  ],
  [/server gave HTTP response to HTTPS client/, () => 'it speaks HTTP where the probe speaks HTTPS'],
  [/malformed HTTP response|first record does not look like/, () => 'it does not speak the protocol of the probe'],
  [/no route to host/, () => 'no route to the pod'],
]

function answerOf(message: string, probe: Fields): string {
  for (const [pattern, words] of ANSWERS) {
    const match = pattern.exec(message)
    if (match !== null) return words(match, probe)
  }
  const said = message.replace(/^\w+ probe (?:failed|errored)[^:]{0,60}: ?/, '').trim()
  return said === '' ? 'it failed and said nothing' : clip(withoutAddress(said), MOST_ANSWER)
}

const withoutAddress = (text: string): string => text.replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}(?=:\d)/g, '')

/** Says where a probe asks a port that the container does not declare; nothing where it declares none at all. */
function portNote({ spec }: Container, probe: Fields): string | undefined {
  const wanted = at(probe, 'httpGet.port') ?? at(probe, 'tcpSocket.port') ?? at(probe, 'grpc.port')
  const ports = listAt(spec, 'ports')
  if (wanted === undefined || ports.some((port) => port['containerPort'] === wanted || port['name'] === wanted))
    return undefined
  const declared = ports.map((port) => joined([scalarAt(port, 'containerPort'), textAt(port, 'name')], ' ')).join(', ')
  if (typeof wanted === 'string')
    return `the container has no port named "${wanted}"${declared === '' ? '' : `, it declares ${declared}`}`
  return declared === '' ? undefined : `the container declares port ${declared}`
}
