import { missingRule } from '../../../../kubernetes/rbac-rule.ts'
import type { KubeObject } from '../../../../kubernetes/types.ts'
import { called } from '../../../changes/targets.ts'
import { at, listAt, numberAt, textAt } from '../../../describe/read.ts'
import { joined } from '../../../describe/words.ts'
import { firstOf } from '../../../first-of.ts'
import type { Facts } from '../../facts.ts'
import type { NextStep } from '../../finding.ts'
import { isServed } from '../services.ts'
import type { View } from './containers.ts'
import { tellingLines } from './last-words.ts'
import { hostsIn, type Peer } from './named-hosts.ts'
import { namesOf, nearest } from './references.ts'
import { advice, describeStep, listStep, unansweredStep } from './steps.ts'

/** What the cluster knows of what a log complains of. */
export interface Clue {
  /** Goes on from the complaint: `Service shop/db has no ready endpoint`. Absent: the complaint says it all. */
  text?: string
  next: readonly NextStep[]
}

/** The clue that the newest telling line of a log gives; undefined where what is known of the cluster adds nothing to it. */
export function clueIn(lines: readonly string[], view: View): Clue | undefined {
  return firstOf(
    tellingLines(lines).toReversed(),
    (line) => permission(line) ?? firstOf(hostsIn(line), (peer) => clueOf(peer, view)),
  )
}

const ACCOUNT = /User "system:serviceaccount:([^":\s]{1,253}):([^":\s]{1,253})"/

function permission(line: string): Clue | undefined {
  const [, namespace, name] = ACCOUNT.exec(line) ?? []
  const rule = missingRule(line)
  if (name === undefined || rule === undefined) return undefined
  return { next: [advice(`ServiceAccount ${namespace ?? ''}/${name} may not do this; ${rule}.`)] }
}

function clueOf(peer: Peer, view: View): Clue | undefined {
  if (LOOPBACK.test(peer.host)) return peer.lost === 'connection' ? ofItself(peer, view) : undefined
  const named = namedBy(peer.host, view)
  const service = serviceOf(peer.host, named, view.facts)
  const outside = service && textAt(service, 'spec.externalName')
  if (service !== undefined && outside !== undefined) return ofOutside(service, outside)
  if (peer.lost === 'connection') return service && unreached(service, peer, view)
  if (service !== undefined) return unresolved(service, view)
  return named && ofNone(named, view)
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+)$/i

interface Named {
  namespace: string
  name: string
}

const serviceOf = (host: string, named: Named | undefined, facts: Facts): KubeObject | undefined =>
  named === undefined
    ? facts.all('Service').find((each) => textAt(each, 'spec.clusterIP') === host)
    : facts.find('Service', named.namespace, named.name)

/** The Service that a host is the name of in DNS (`db`, `db.data`, `web-0.db.data.svc`), there or not; undefined for addresses and others. */
function namedBy(host: string, { pod, facts }: View): Named | undefined {
  const own = pod.metadata.namespace ?? ''
  const labels = host.toLowerCase().split('.')
  const end = labels.indexOf('svc')
  if (end >= 2) return { name: labels[end - 2] ?? '', namespace: labels[end - 1] ?? '' }
  const [first = '', second] = labels
  if (second === undefined) return { name: first, namespace: own }
  if (labels.length > 2) return undefined
  if (facts.find('Service', own, second) !== undefined) return { name: second, namespace: own }
  return facts.find('Namespace', undefined, second) && { name: first, namespace: second }
}

function ofNone({ namespace, name }: Named, { facts }: View): Clue | undefined {
  if (!facts.knows('Service', namespace)) return undefined
  const elsewhere = facts.all('Service').filter(({ metadata }) => metadata.name === name)
  const others = joined(elsewhere.map((each) => `${name}.${each.metadata.namespace ?? ''}`))
  return {
    text: `Service ${namespace}/${name} does not exist${others === '' ? nearest(name, namesOf('Service', namespace, facts)) : `; there is ${others}`}`,
    next: [
      advice(`Correct the name that the program is given, or create Service ${name}.`),
      listStep('See which Services are there.', 'Service', namespace),
    ],
  }
}

/** A Service that is another name for something outside (type ExternalName). */
const ofOutside = (service: KubeObject, host: string): Clue => ({
  text: `${called(service)} leads out of the cluster, to ${host}`,
  next: [describeStep('See the Service.', service), advice(`See whether ${host} can be reached from the cluster.`)],
})

function unresolved(service: KubeObject, { pod, facts }: View): Clue {
  if (textAt(service, 'spec.clusterIP') === 'None' && isServed(service, facts) === false)
    return {
      text: `${called(service)} is headless and has no ready endpoint: its name has no address`,
      next: [unansweredStep(service)],
    }
  const policy = textAt(pod, 'spec.dnsPolicy') ?? 'ClusterFirst'
  const isHost = at(pod, 'spec.hostNetwork') === true
  if (policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !isHost))
    return {
      text: `${called(service)} is there: the name is right, and its lookup fails`,
      next: [
        advice('See whether the DNS pods run (k8s-app=kube-dns in kube-system), and whether a policy stops port 53.'),
      ],
    }
  const wanted = isHost ? 'ClusterFirstWithHostNet' : 'ClusterFirst'
  return {
    text: `${called(service)} is there, but with dnsPolicy ${policy}${isHost ? ' on the network of its node' : ''} the pod does not ask the DNS of the cluster`,
    next: [advice(`Set dnsPolicy ${wanted} in the template of the pod.`)],
  }
}

function unreached(service: KubeObject, { port }: Peer, { facts }: View): Clue | undefined {
  const ports = listAt(service, 'spec.ports').map((each) => numberAt(each, 'port'))
  if (port !== undefined && !ports.includes(port) && textAt(service, 'spec.clusterIP') !== 'None')
    return {
      text: `${called(service)} has no port ${port}, only ${joined(ports.map(String))}`,
      next: [
        advice('Correct the port that the program is given, or that of the Service.'),
        describeStep('See the Service.', service),
      ],
    }
  if (isServed(service, facts) !== false) return undefined
  return {
    text: `${called(service)} has no ready endpoint`,
    next: [unansweredStep(service)],
  }
}

/** A program that asks its own pod for what none of its containers offers. */
function ofItself({ host, port }: Peer, { pod, facts, all }: View): Clue | undefined {
  const offered = all.flatMap(({ spec }) => listAt(spec, 'ports').map((each) => numberAt(each, 'containerPort')))
  if (port === undefined || offered.includes(port)) return undefined
  const serving = facts
    .within('Service', pod.metadata.namespace)
    .filter((each) => listAt(each, 'spec.ports').some((its) => numberAt(its, 'port') === port))
  const others = joined(serving.slice(0, MOST_NAMED).map(({ metadata }) => `${metadata.name}:${port}`))
  return {
    text: `${host} is the pod itself, and none of its containers declares port ${port}${others === '' ? '' : `; there is Service ${others}`}`,
    next: [advice('Give the program the name of the Service that it means in place of its own address.')],
  }
}

const MOST_NAMED = 3
