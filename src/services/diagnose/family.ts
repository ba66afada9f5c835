import type { KubeObject } from '../../kubernetes/types.ts'
import { at, fieldsAt, kindKey, listAt, textAt } from '../describe/read.ts'
import { headIn } from '../helm/head.ts'
import type { Facts } from './facts.ts'
import type { ObjectName } from './finding.ts'
import type { Scope } from './snapshot.ts'

type About = (object: KubeObject, facts: Facts) => readonly (KubeObject | undefined)[]

// What an object of a kind is about without owning it.
const ABOUT: Readonly<Record<string, About>> = {
  Pod: podNeighbours,
  Service: (service, facts) => {
    const selector = fieldsAt(service, 'spec.selector')
    return Object.keys(selector).length === 0 ? [] : facts.podsSelected(service, { matchLabels: selector })
  },
  'EndpointSlice.discovery.k8s.io': (slice, facts) => [serviceOf(slice, facts)],
  'Ingress.networking.k8s.io': (ingress, facts) =>
    backendsOf(ingress).map((name) => facts.find('Service', ingress.metadata.namespace, name)),
  'PodDisruptionBudget.policy': (budget, facts) => facts.podsSelected(budget, at(budget, 'spec.selector')),
  'HorizontalPodAutoscaler.autoscaling': (scaler, facts) => [scaleTarget(scaler, facts)],
  PersistentVolumeClaim: (claim, facts) => [
    facts.find('PersistentVolume', undefined, textAt(claim, 'spec.volumeName') ?? ''),
    facts.find('StorageClass.storage.k8s.io', undefined, textAt(claim, 'spec.storageClassName') ?? ''),
  ],
  PersistentVolume: (volume, facts) => [
    facts.find(
      'PersistentVolumeClaim',
      textAt(volume, 'spec.claimRef.namespace'),
      textAt(volume, 'spec.claimRef.name') ?? '',
    ),
  ],
}

/** What an object is about without owning it, as far as it was read. */
export const aboutOf = (object: KubeObject, facts: Facts): KubeObject[] =>
  (ABOUT[kindKey(object)]?.(object, facts) ?? []).filter((each) => each !== undefined)

// Steps from an object to what it is about: Ingress, Service, Pod, claim.
const DEEPEST = 3

/** What is judged of a scope that is less than a namespace; undefined: everything. */
export function familyOf(scope: Scope, facts: Facts): Set<KubeObject> | undefined {
  if (scope.of === 'object') return familyOfAll([scope.object], facts)
  if (scope.of !== 'release') return undefined
  const records = ['Secret', 'ConfigMap'].flatMap((kind) => facts.all(kind)).filter(isRecordOf(scope.name))
  return new Set([...familyOfAll(scope.objects, facts), ...records])
}

const isRecordOf = (release: string) => (object: KubeObject) => headIn(object)?.name === release

/** Objects with what they own, what owns them, and what they are about; nothing where they were not read. */
function familyOfAll(names: readonly ObjectName[], facts: Facts): Set<KubeObject> {
  const family = new Set<KubeObject>()
  for (const { kind, namespace, name } of names) {
    const object = facts.find(kind, namespace, name)
    if (object !== undefined) take(object, facts, family, DEEPEST)
  }
  return family
}

function take(object: KubeObject, facts: Facts, family: Set<KubeObject>, depth: number): void {
  const own = [object, ...ownersOf(object, facts), ...ownedDeep(object, facts)].filter((each) => !family.has(each))
  for (const each of own) family.add(each)
  if (depth === 0) return
  for (const each of own.flatMap((one) => aboutOf(one, facts)))
    if (!family.has(each)) take(each, facts, family, depth - 1)
}

/** What owns an object, nearest first. */
export function ownersOf(object: KubeObject, facts: Facts): KubeObject[] {
  const owner = facts.ownerOf(object)
  return owner === undefined ? [] : [owner, ...ownersOf(owner, facts)]
}

/** What an object owns, at any depth. */
export const ownedDeep = (object: KubeObject, facts: Facts): KubeObject[] =>
  facts.ownedBy(object).flatMap((each) => [each, ...ownedDeep(each, facts)])

function podNeighbours(pod: KubeObject, facts: Facts): (KubeObject | undefined)[] {
  const claims = listAt(pod, 'spec.volumes').map((each) => textAt(each, 'persistentVolumeClaim.claimName') ?? '')
  return claims.map((claim) => facts.find('PersistentVolumeClaim', pod.metadata.namespace, claim))
}

function backendsOf(ingress: KubeObject): string[] {
  const paths = listAt(ingress, 'spec.rules').flatMap((rule) => listAt(rule, 'http.paths'))
  const names = paths.map((each) => textAt(each, 'backend.service.name'))
  return [textAt(ingress, 'spec.defaultBackend.service.name'), ...names].filter((each) => each !== undefined)
}

/** The workload that an autoscaler scales, where it was read. */
export function scaleTarget(scaler: KubeObject, facts: Facts): KubeObject | undefined {
  const group = textAt(scaler, 'spec.scaleTargetRef.apiVersion')?.split('/').at(-2)
  const kind = textAt(scaler, 'spec.scaleTargetRef.kind') ?? ''
  const name = textAt(scaler, 'spec.scaleTargetRef.name') ?? ''
  return facts.find(group === undefined ? kind : `${kind}.${group}`, scaler.metadata.namespace, name)
}

/** The Service whose endpoints a slice has, where it was read. */
export function serviceOf(slice: KubeObject, facts: Facts): KubeObject | undefined {
  const owner = facts.ownerOf(slice)
  const { namespace, labels } = slice.metadata
  return owner?.kind === 'Service'
    ? owner
    : facts.find('Service', namespace, labels?.['kubernetes.io/service-name'] ?? '')
}

/** Pods that name a claim among their volumes. */
export const usersOf = ({ metadata }: KubeObject, facts: Facts): KubeObject[] =>
  facts
    .within('Pod', metadata.namespace)
    .filter((pod) =>
      listAt(pod, 'spec.volumes').some((volume) => textAt(volume, 'persistentVolumeClaim.claimName') === metadata.name),
    )

/** Pods that are bound to a node. */
export const podsOn = ({ metadata }: KubeObject, facts: Facts): KubeObject[] =>
  facts.all('Pod').filter((pod) => at(pod, 'spec.nodeName') === metadata.name)
