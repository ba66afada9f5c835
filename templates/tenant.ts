import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { binding, outsider } from '../src/services/templates/parts/access.ts'
import { labels, metadata } from '../src/services/templates/parts/meta.ts'
import { allowDns, allowWithin, denyAll } from '../src/services/templates/parts/network.ts'
import { limitFault, limitRange, namespace, quota } from '../src/services/templates/parts/space.ts'
import {
  Choice,
  Count,
  Cpu,
  Memory,
  NamespaceName,
  PartOf,
  Storage,
  Subject,
} from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'tenant',
  title: 'Namespace for a team',
  description:
    'All that a team needs to work in a cluster with others: its namespace, rights, quota, defaults, closed network.',
  kinds: ['Namespace', 'RoleBinding', 'ResourceQuota', 'LimitRange', 'NetworkPolicy'],
  tags: ['multi-tenancy', 'team', 'onboarding', 'isolation', 'namespace'],
  parameters: Type.Object({
    name: NamespaceName('Namespace, and name of the team.', { default: 'team-a' }),
    partOf: PartOf,
    level: Choice(['restricted', 'baseline'], 'restricted', 'What Pods have to keep to.'),
    group: Subject('team-a', 'Group of the people, as whoever authenticates them names it.'),
    rights: Choice(['view', 'edit', 'admin'], 'edit', 'ClusterRole of Kubernetes that they get in it.'),
    cpu: Cpu('10', 'CPU that may be requested in all.'),
    memory: Memory('20Gi', 'Memory that may be requested, and used, in all.'),
    storage: Storage('200Gi', 'Storage that may be claimed in all.'),
    pods: Count(50, 0, 100_000, 'Pods in all.'),
    loadBalancers: Count(0, 0, 1000, 'Services of type LoadBalancer.'),
    defaultCpu: Cpu('50m', 'CPU that containers request which say nothing.'),
    defaultMemory: Memory('128Mi', 'Memory that containers have which say nothing.'),
    maxCpu: Cpu('2', 'Most CPU of one container.'),
    maxMemory: Memory('2Gi', 'Most memory of one container.'),
  }),
  check: (values) => limitFault(limitsOf(values))?.replace(/^(cpu|memory)/, DEFAULTS),
  objects: (values) => {
    const inside = { ...values, namespace: values.name }
    const named = (name: string) => metadata(inside, undefined, name)
    return [
      namespace(values.name, labels(values), values.level),
      binding('RoleBinding', named(values.rights), {
        role: { kind: 'ClusterRole', name: values.rights },
        subject: outsider('Group', values.group),
      }),
      quota(named('quota'), values),
      limitRange(named('limits'), limitsOf(values)),
      denyAll(named('deny-all')),
      allowDns(named('allow-dns')),
      allowWithin(named('allow-own')),
    ]
  },
})

interface Bounds {
  defaultCpu: string
  defaultMemory: string
  maxCpu: string
  maxMemory: string
}

const limitsOf = ({ defaultCpu, defaultMemory, maxCpu, maxMemory }: Bounds) => ({
  cpu: defaultCpu,
  memory: defaultMemory,
  maxCpu,
  maxMemory,
})

const DEFAULTS = (word: string) => (word === 'cpu' ? 'defaultCpu' : 'defaultMemory')
