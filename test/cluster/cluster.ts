import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { binaryPath, type BinaryLocations } from './binaries.ts'
import type { Authority } from './certificates.ts'
import { apiClient, type Api } from './client.ts'
import { auditLog } from './control-plane.ts'
import { contextNames, type ContextName, type KubeconfigFacts } from './kubeconfig.ts'
import { podLogs, type PodLogs } from './pod-logs.ts'

/** All that one process must know to use a cluster another one has started. Holds keys: keep it in a 0600 file. */
export interface ClusterFacts extends KubeconfigFacts {
  /** Folder with the cluster's files; removed when it stops. */
  readonly dir: string
  /** Path of the kubeconfig with all contexts (0600). */
  readonly kubeconfig: string
  readonly authority: Authority
  readonly locations: BinaryLocations
  /** Port of the stand-in for every kubelet's API. */
  readonly kubeletPort: number
}

/** What a program said and how it ended. */
export interface Output {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Options of one call of kubectl or helm. */
export interface ProgramOptions {
  /** `admin` by default. */
  readonly context?: ContextName
  /** Standard input. */
  readonly input?: string
}

/** A running test cluster, this process's own or the one shared by a test run. */
export interface TestCluster extends ClusterFacts {
  readonly contexts: readonly ContextName[]
  /** Requests as `admin`. */
  readonly api: Api
  /** Path of the API server's audit log: a JSON line per write. */
  readonly auditLog: string
  /** Path of a program of the cluster, `helm` for example. */
  binary(name: string): string
  podLogs(namespace: string, pod: string, container: string): PodLogs
  /** Runs kubectl and says how it ended; a failure is not an exception. */
  kubectl(args: readonly string[], options?: ProgramOptions): Promise<Output>
  /** The same with helm. Its settings are the cluster's own, never those of this machine's user. */
  helm(args: readonly string[], options?: ProgramOptions): Promise<Output>
  /** The same with Helm 3. */
  helm3(args: readonly string[], options?: ProgramOptions): Promise<Output>
}

async function execute(file: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<Output> {
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const closed = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  return { stdout, stderr, code: child.exitCode ?? -1 }
}

/** The handle of a cluster that these facts describe. */
export function attach(facts: ClusterFacts): TestCluster {
  const binary = (name: string): string => binaryPath(facts.locations, name)
  const env = {
    ...process.env,
    KUBECONFIG: facts.kubeconfig,
    KUBECACHEDIR: join(facts.dir, 'kubectl-cache'),
    HELM_CACHE_HOME: join(facts.dir, 'helm', 'cache'),
    HELM_CONFIG_HOME: join(facts.dir, 'helm', 'config'),
    HELM_DATA_HOME: join(facts.dir, 'helm', 'data'),
  }
  return {
    ...facts,
    contexts: contextNames,
    api: apiClient({ server: facts.server, ca: facts.ca, user: facts.users.admin }),
    auditLog: auditLog(facts.dir),
    binary,
    podLogs: (namespace, pod, container) => podLogs(facts.dir, namespace, pod, container),
    kubectl: (args, { context = 'admin', input } = {}) =>
      execute(binary('kubectl'), [`--context=${context}`, ...args], env, input),
    helm: (args, { context = 'admin', input } = {}) =>
      execute(binary('helm'), [`--kube-context=${context}`, ...args], env, input),
    helm3: (args, { context = 'admin', input } = {}) =>
      execute(binary('helm3'), [`--kube-context=${context}`, ...args], env, input),
  }
}
