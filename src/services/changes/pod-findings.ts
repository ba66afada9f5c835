import type { KubeObject } from '../../kubernetes/types.ts'
import { at, fieldsAt, listAt, textAt, textsAt } from '../describe/read.ts'
import { maskObject } from '../safety/mask-object.ts'
import type { Effect } from './compose.ts'
import type { Warning } from './plan.ts'
import { called } from './targets.ts'

/** What a pod may do to its node, and images that may be another one tomorrow: only what the change brings in, not what was there. */
export function* addedPodFindings({ action, before, after }: Effect): Generator<Warning> {
  if ((action !== 'create' && action !== 'change') || after === undefined) return
  // Both masked: what is quoted of them may hold secrets, and a dry run's result comes masked.
  const known = new Set(before === undefined ? [] : [...findings(maskObject(before))].map(keyOf))
  const added = [...findings(maskObject(after))].filter((each) => !known.has(keyOf(each)))
  for (const { code, what } of added)
    yield { code, risk: code === 'mutable_tag' ? 'medium' : 'high', text: `${called(after)}: ${what}.` }
}

interface Finding {
  code: 'privileged_pod' | 'host_path' | 'mutable_tag'
  what: string
}

const keyOf = ({ code, what }: Finding) => `${code} ${what}`

function* findings(object: KubeObject): Generator<Finding> {
  const spec = podSpecOf(object)
  if (spec === undefined) return
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (spec[field] === true)
      yield { code: 'privileged_pod', what: `its pods share their node's ${field.slice(4)} (${field})` }
  for (const volume of listAt(spec, 'volumes'))
    if ('hostPath' in volume)
      yield {
        code: 'host_path',
        what: `volume ${textAt(volume, 'name') ?? ''} is ${textAt(volume, 'hostPath.path') ?? 'a path'} of the node (hostPath)`,
      }
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) => listAt(spec, field))
  for (const container of containers) yield* containerFindings(container)
}

/** The pod that an object is or makes: Pod, PodTemplate, the workloads, CronJob, and custom kinds built alike. */
function podSpecOf(object: KubeObject): Record<string, unknown> | undefined {
  const places =
    object.kind === 'Pod' ? ['spec'] : ['spec.template.spec', 'spec.jobTemplate.spec.template.spec', 'template.spec']
  return places.map((place) => fieldsAt(object, place)).find((spec) => listAt(spec, 'containers').length > 0)
}

// Capabilities that are as good as privileged.
const MIGHTY: ReadonlySet<string> = new Set([
  'ALL',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'NET_ADMIN',
  'BPF',
])

function* containerFindings(container: Record<string, unknown>): Generator<Finding> {
  const name = `container ${textAt(container, 'name') ?? ''}`
  if (at(container, 'securityContext.privileged') === true)
    yield { code: 'privileged_pod', what: `${name} is privileged` }
  const mighty = textsAt(container, 'securityContext.capabilities.add').filter((each) =>
    MIGHTY.has(each.replace(/^CAP_/, '')),
  )
  if (mighty.length > 0) yield { code: 'privileged_pod', what: `${name} has the capability ${mighty.join(', ')}` }
  const image = textAt(container, 'image')
  if (image !== undefined && isMutable(image))
    yield { code: 'mutable_tag', what: `${name} runs ${image}, a tag that can name another image at any time` }
}

/** Without a digest, and without a tag that looks like a version (a number of at least two parts, or a commit): latest, stable, 1, main. */
export function isMutable(image: string): boolean {
  if (image.includes('@sha256:')) return false
  const tag = /:([^:/]+)$/.exec(image)?.[1]
  return tag === undefined || !(/^v?\d+\.\d+/.test(tag) || /(?:^|[-.])[0-9a-f]{7,64}$/.test(tag))
}
