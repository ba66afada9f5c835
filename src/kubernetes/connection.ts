import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { type Problem, problems } from '../errors.ts'
import type { Credential, CredentialSource } from './credentials/credential.ts'
import { PluginFailure } from './credentials/failure.ts'
import { missingPluginHint } from './credentials/plugin-hints.ts'
import { CredentialSources } from './credentials/source.ts'
import { Dispatchers } from './dispatchers.ts'
import type { Endpoint } from './kubeconfig/cluster.ts'
import type { Context, Target } from './kubeconfig/context.ts'
import { Unusable } from './kubeconfig/fields.ts'
import { FileReader, haveChanged, untilStill } from './kubeconfig/files.ts'
import { type Configuration, loadConfiguration, type Places } from './kubeconfig/load.ts'
import type { ClientCertificate } from './kubeconfig/material.ts'
import type { ConnectionState, ContextState } from './kubeconfig/state.ts'
import type { Environment } from './proxy.ts'

export type { ConnectionState, ContextState } from './kubeconfig/state.ts'

const LOOK_MILLISECONDS = 1_000

/** What one request needs to be let in. Ask for it anew for every request: tokens and certificates change. */
export interface Credentials {
  /** Give it to undici's `request`. Keep-alive, HTTP/1.1, 5 s to connect, no retries. */
  dispatcher: Dispatcher
  /** `authorization` and `impersonate-*`. An array is one header line per value, as undici sends it. */
  headers: Record<string, string | string[]>
}

/** What another program needs in order to reach a cluster as this context does. Secret: never shown, never logged. */
export interface Access {
  endpoint: Endpoint
  certificate: ClientCertificate | undefined
  /** `authorization` and `impersonate-*`. */
  headers: Credentials['headers']
}

/** One context, opened for one call. Cheap to make. */
export interface Connection {
  readonly context: ContextState
  /** The same object as long as the context's configuration is the same: what is remembered about a cluster hangs on it. */
  readonly identity: object
  /** SHA-256 of the CA certificates in hex; undefined where the context names none. */
  readonly caFingerprint: string | undefined
  /** Base URL without a trailing slash; may have a path (Rancher and other proxies). */
  readonly server: string
  /** False where the kubeconfig says `disable-compression`: do not ask this server for gzip. */
  readonly compression: boolean
  /**
   * Runs or refreshes what has to be. Throws problems.clusterUnavailable, pluginMissing, pluginNotAllowed, pluginFailed;
   * rejects with the signal's reason where it fires first.
   */
  credentials(signal: AbortSignal): Promise<Credentials>
  /** The same for a program that makes its own connections. Throws the same. */
  access(signal: AbortSignal): Promise<Access>
  /** The API server answered 401: what this connection last used is forgotten, so that the next is a new one. */
  unauthorized(): void
}

export interface ConnectionsOptions {
  /** Value of KUBECONFIG: a path list. Undefined: the pod's own service account, then ~/.kube/config. */
  kubeconfig: string | undefined
  homeDirectory: string
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  inClusterEnvironment: { host: string | undefined; port: string | undefined }
  /** /var/run/secrets/kubernetes.io/serviceaccount in a pod. */
  serviceAccountDirectory: string
  /** Credential plugins that may run: base names, or absolute paths. */
  execPlugins: readonly string[]
  /** What a plugin's closed environment is picked from, and where HTTPS_PROXY and NO_PROXY stand. */
  environment: Environment
  /** Called after a change of what is configured, secrets included; not for the first load. Must not throw. */
  onChange?(state: ConnectionState): void
}

/**
 * The clusters that are configured now. Files are looked at once a second: they may be written, edited, replaced by
 * rename or by a swapped link, removed, or appear later. (Looking is used rather than fs.watch because it also sees
 * folders that do not exist yet, links, and network file systems.) A file that was broken by an edit is reported, and
 * its last good version stays in use.
 */
export class Connections {
  readonly #places: Places
  readonly #onChange: (state: ConnectionState) => void
  readonly #dispatchers = new Dispatchers()
  readonly #closing = new AbortController()
  readonly #sources: CredentialSources
  #configuration: Configuration = NOTHING_YET
  /** Of the last files that were not broken. */
  #good: Configuration = NOTHING_YET
  #seen: ReadonlyMap<string, string> = new Map()
  #timer: NodeJS.Timeout | undefined

  constructor(options: ConnectionsOptions) {
    const { execPlugins, environment, homeDirectory, kubeconfig } = options
    const pod = { ...options.inClusterEnvironment, directory: options.serviceAccountDirectory }
    this.#places = { kubeconfig, homeDirectory, pod, environment }
    this.#onChange = (state) => options.onChange?.(state)
    this.#sources = new CredentialSources({ allowed: execPlugins, environment, signal: this.#closing.signal })
  }

  /** Loads for the first time and goes on noticing changes by itself. Never throws for a broken file. */
  async start(): Promise<void> {
    await this.#load()
    this.#lookAgain()
  }

  get state(): ConnectionState {
    return this.#configuration.state
  }

  /** Throws problems.unknownContext, and problems.clusterUnavailable with the reason and what to do. */
  open(context: string): Connection {
    const { state, contexts } = this.#configuration
    if (this.#closing.signal.aborted) throw problems.shuttingDown()
    if (state.source === 'none') throw unavailable(context, state.problem ?? 'No cluster is connected.', state.howTo)
    const found = contexts.get(context)
    if (!found) throw problems.unknownContext(context, [...contexts.keys()])
    if (!found.target) throw unavailable(context, found.state.problem ?? 'It is not usable.')
    return new OpenConnection(found.state, found.target, this.#sources.of(found.target), this.#dispatchers)
  }

  /** Ends credential plugins and connections at once: call it when the calls have ended. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closing.abort(problems.shuttingDown())
    await this.#dispatchers.close()
  }

  #lookAgain(): void {
    if (this.#closing.signal.aborted) return
    this.#timer = setTimeout(() => void this.#look(), LOOK_MILLISECONDS).unref()
  }

  async #look(): Promise<void> {
    if (await haveChanged(this.#seen)) await this.#reload()
    this.#dispatchers.sweep(Date.now())
    this.#lookAgain()
  }

  async #reload(): Promise<void> {
    await untilStill([...this.#seen.keys()])
    const before = this.#configuration.digest
    await this.#load()
    if (this.#configuration.digest === before || this.#closing.signal.aborted) return
    this.#sources.retain(targetsOf(this.#configuration))
    this.#onChange(this.state)
  }

  async #load(): Promise<void> {
    const files = new FileReader()
    const loaded = await loadConfiguration(this.#places, files)
    this.#seen = files.seen
    this.#configuration = loaded.broken ? keepLastGood(this.#good, loaded) : loaded
    if (!loaded.broken) this.#good = loaded
  }
}

/** One context as it was when the call began: a reload meanwhile does not change where the call goes. */
class OpenConnection implements Connection {
  readonly context: ContextState
  readonly #target: Target
  readonly #source: CredentialSource
  readonly #dispatchers: Dispatchers
  #used: Credential | undefined

  constructor(context: ContextState, target: Target, source: CredentialSource, dispatchers: Dispatchers) {
    this.context = context
    this.#target = target
    this.#source = source
    this.#dispatchers = dispatchers
  }

  get identity(): object {
    return this.#target
  }

  get server(): string {
    return this.#target.cluster.endpoint.server
  }

  get caFingerprint(): string | undefined {
    const { ca } = this.#target.cluster.endpoint
    return ca === undefined ? undefined : createHash('sha256').update(ca).digest('hex')
  }

  get compression(): boolean {
    return this.#target.cluster.compression
  }

  async credentials(signal: AbortSignal): Promise<Credentials> {
    const { endpoint, certificate, headers } = await this.access(signal)
    // undici hands a connection on one turn of the event loop after its answer ended. A request that follows at once
    // would open a second one.
    await nextTurn()
    return { dispatcher: await this.#dispatchers.get(endpoint, certificate), headers }
  }

  async access(signal: AbortSignal): Promise<Access> {
    const used = await this.#credential(signal)
    const { cluster, user } = this.#target
    this.#used = used
    return {
      endpoint: cluster.endpoint,
      certificate: used.certificate ?? user.certificate,
      headers: {
        ...(used.authorization === undefined ? {} : { authorization: used.authorization }),
        ...user.impersonation,
      },
    }
  }

  unauthorized(): void {
    if (this.#used) this.#source.forget(this.#used)
  }

  async #credential(signal: AbortSignal): Promise<Credential> {
    try {
      return await this.#source.credential(signal)
    } catch (error) {
      if (error instanceof Unusable) throw unavailable(this.context.name, error.message)
      if (error instanceof PluginFailure) throw this.#pluginProblem(error)
      throw error
    }
  }

  #pluginProblem({ kind, message }: PluginFailure): Problem {
    const { authentication } = this.#target.user
    const { name } = this.context
    if (kind === 'not-allowed' || authentication.kind !== 'plugin') return problems.pluginNotAllowed(message, name)
    const { plugin } = authentication
    if (kind === 'failed') return problems.pluginFailed(plugin.command, name, message)
    return problems.pluginMissing(plugin.command, name, missingPluginHint(plugin))
  }
}

const NOTHING_YET: Configuration = {
  state: { source: 'none', files: [], currentContext: undefined, contexts: [], problem: undefined, howTo: undefined },
  contexts: new Map<string, Context>(),
  broken: false,
  digest: '',
}

function unavailable(context: string, reason: string, next?: string): Problem {
  const repair = 'Repair it in the kubeconfig; the change is noticed without a restart.'
  return problems.clusterUnavailable(`Context ${context}`, reason, next ?? repair)
}

/** What was good, with what is wrong now; just what is wrong now where there was nothing good. */
function keepLastGood(good: Configuration, broken: Configuration): Configuration {
  if (good.contexts.size === 0) return broken
  const problem = `${broken.state.problem ?? ''} The last good version stays in use.`
  return { ...good, state: { ...good.state, problem }, digest: `${good.digest}${broken.digest}` }
}

function targetsOf({ contexts }: Configuration): Target[] {
  return [...contexts.values()].flatMap(({ target }) => (target ? [target] : []))
}
