import Type, { type Static, type TObject } from 'typebox'
import {
  Count,
  Cpu,
  Image,
  Memory,
  Name,
  Namespace,
  ObjectName,
  PartOf,
  pairOf,
  UrlPath,
  Variables,
  Words,
} from '../schemas.ts'
import { joined, why } from '../why.ts'
import { labels, present } from './meta.ts'

/** Web server that needs neither root nor a writable image, to try a template with. */
export const WEB_IMAGE = 'nginxinc/nginx-unprivileged:1.27.4'
export const SHELL_IMAGE = 'busybox:1.37.0'

/** Parameters of everything that runs one container. */
export const podParameters = (name: string, image: string, command: string[] = []) => ({
  name: Name(name),
  namespace: Namespace,
  partOf: PartOf,
  image: Image(image),
  command: Words("Command instead of the image's own, one word at a time.", command),
  args: Words('Arguments, one at a time.'),
  env: Variables('Environment variables. What is secret belongs into a Secret.'),
  configMap: Type.Optional(ObjectName('ConfigMap whose keys become environment variables.')),
  secret: Type.Optional(ObjectName('Secret whose keys become environment variables.')),
  cpu: Cpu('50m', 'CPU that is set aside.'),
  memory: Memory('128Mi', 'Memory that is set aside, and the most that it may use.'),
  runAsUser: Count(10_001, 1, 2_000_000_000, 'User id of its processes; 0, root, is not offered.'),
})

export type PodValues = Static<TObject<ReturnType<typeof podParameters>>>

/** Parameters of what answers HTTP. */
export const httpParameters = {
  port: Count(8080, 1, 65_535, 'Port that the container listens on.'),
  healthPath: UrlPath('/', 'Path that answers while it is well.'),
}

interface Running {
  image: string
  command: readonly string[]
  args: readonly string[]
  env: readonly string[]
  configMap?: string
  secret?: string
  cpu: string
  memory: string
}

/** What a container has that is not the same for all. */
export interface Extras {
  name: string
  ports?: object[]
  probes?: object
  lifecycle?: object
  restartPolicy?: 'Always'
  mounts?: readonly Mount[]
}

export interface Mount {
  name: string
  mountPath: string
}

const TMP: Mount = { name: 'tmp', mountPath: '/tmp' }

/** A container as Pod Security `restricted` wants it, with requests and a limit of memory. */
export function container(values: Running, extras: Extras): object {
  const { name, ports, probes = {}, lifecycle, restartPolicy, mounts = [] } = extras
  const env = values.env.map(pairOf).map(([variable, value]) => ({ name: variable, value }))
  return joined(
    { name, image: values.image },
    present({ restartPolicy, command: listed(values.command), args: listed(values.args) }),
    present({ env: listed(env), envFrom: listed(sources(values)), ports }),
    probes,
    present({ lifecycle }),
    {
      resources: resources(values.cpu, values.memory),
      securityContext: hardened(),
      volumeMounts: [TMP, ...mounts],
    },
  )
}

const listed = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items)

const sources = ({ configMap, secret }: Running): object[] => [
  ...(configMap === undefined ? [] : [{ configMapRef: { name: configMap } }]),
  ...(secret === undefined ? [] : [{ secretRef: { name: secret } }]),
]

/** What is set aside, and the most. */
export const resources = (cpu: string, memory: string): object =>
  why(
    {
      requests: { cpu, memory },
      limits: why({ memory }, { memory: 'As much as was set aside: its own peak ends it, not its neighbours.' }),
    },
    { requests: 'Where it fits is decided by these. CPU has no limit: one would slow it down beside idle cores.' },
  )

const hardened = (): object =>
  why(
    { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    { readOnlyRootFilesystem: 'What breaks in cannot change the program. /tmp stays writable.' },
  )

/** What a Pod has that is not the same for all. */
export interface PodExtras {
  containers: readonly object[]
  initContainers?: readonly object[]
  restartPolicy?: 'Never' | 'OnFailure'
  serviceAccountName?: string
  /** Group that owns its volumes. */
  fsGroup?: number
  volumes?: readonly object[]
  more?: object
}

/** The spec of a Pod that passes Pod Security `restricted` and has no credential for the API. */
export function podSpec({ runAsUser }: Pick<PodValues, 'runAsUser'>, extras: PodExtras): object {
  const { containers, initContainers, restartPolicy, serviceAccountName, fsGroup, volumes = [], more = {} } = extras
  const spec = {
    ...present({ serviceAccountName }),
    automountServiceAccountToken: false,
    securityContext: identity(runAsUser, fsGroup),
    ...present({ restartPolicy, initContainers }),
    containers,
    volumes: [scratch('tmp'), ...volumes],
  }
  return joined(
    why(spec, { automountServiceAccountToken: 'It does not talk to the Kubernetes API, so it gets no token for it.' }),
    more,
  )
}

const identity = (user: number, fsGroup: number | undefined): object =>
  why(
    {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      ...present({ fsGroup }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    {
      runAsUser: 'A number: of a name the kubelet cannot tell that it is not root.',
      fsGroup: 'Its volumes belong to this group, so that it can write to them.',
    },
  )

/** A folder that lives as long as the Pod. */
export const scratch = (name: string, sizeLimit = '64Mi'): object => ({
  name,
  emptyDir: why({ sizeLimit }, { sizeLimit: "A full folder ends this Pod, not the node's disk." }),
})

/** The template of Pods of a workload. */
export const podTemplate = (values: PodValues, component: string, spec: object): object => ({
  metadata: { labels: labels(values, component) },
  spec,
})

const HTTP = 'http'
export const httpPort = (containerPort: number): object[] => [{ name: HTTP, containerPort }]

/** Probes of what answers HTTP. */
export const httpProbes = (path: string): object => probes({ httpGet: { path, port: HTTP } })

/** Probes of what only takes connections. */
export const tcpProbes = (port: string): object => probes({ tcpSocket: { port } })

/** Probes that run a command. */
export const execProbes = (command: string[]): object => probes({ exec: { command } })

const probes = (action: object): object =>
  why(
    {
      startupProbe: { ...action, periodSeconds: 2, failureThreshold: 30 },
      readinessProbe: { ...action, periodSeconds: 5, timeoutSeconds: 2 },
      livenessProbe: { ...action, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    },
    {
      startupProbe: 'A minute to start, during which the other probes wait.',
      readinessProbe: 'Requests only while it is ready.',
      livenessProbe: 'Slow to judge: a restart helps what hangs and harms what is only busy.',
    },
  )
