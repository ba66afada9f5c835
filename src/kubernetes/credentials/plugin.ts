import { runPlugin } from '../exec-credential.ts'
import type { PluginSpec } from '../kubeconfig/plugin.ts'
import type { Environment } from '../proxy.ts'
import { type Credential, type CredentialSource, orAbort } from './credential.ts'
import { type PluginAnswer, readAnswer } from './plugin-answer.ts'
import { complaintOf, secretsOf } from './plugin-complaint.ts'
import { pluginEnvironment } from './plugin-environment.ts'
import { findPlugin } from './plugin-path.ts'

/** A credential that would end while the request is on its way is not handed out. */
const MARGIN_MILLISECONDS = 10_000

/** What the operator lets plugins do. */
export interface PluginRules {
  /** Base names or absolute paths. */
  allowed: readonly string[]
  environment: Environment
  /** Ends running plugins at shutdown. */
  signal: AbortSignal
}

/** The credential that a kubeconfig's `exec` plugin makes: run once for all who wait, kept until it ends or is refused. */
export class Plugin implements CredentialSource {
  readonly #spec: PluginSpec
  readonly #cluster: Readonly<Record<string, unknown>>
  readonly #rules: PluginRules
  #current: PluginAnswer | undefined
  #running: Promise<PluginAnswer> | undefined

  constructor(spec: PluginSpec, cluster: Readonly<Record<string, unknown>>, rules: PluginRules) {
    this.#spec = spec
    this.#cluster = cluster
    this.#rules = rules
  }

  /** Throws `PluginFailure`. A failure is not kept: the next caller tries again. */
  async credential(signal: AbortSignal): Promise<Credential> {
    if (this.#current && Date.now() < this.#current.expires - MARGIN_MILLISECONDS) return this.#current
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return orAbort(this.#running, signal)
  }

  forget(refused: Credential): void {
    if (refused === this.#current) this.#current = undefined
  }

  async #run(): Promise<PluginAnswer> {
    const { allowed, environment, signal } = this.#rules
    const path = await findPlugin(this.#spec, allowed, environment['PATH'] ?? '')
    const variables = pluginEnvironment(this.#spec, this.#cluster, environment)
    const secrets = secretsOf(variables, this.#spec.arguments)
    const stdout = await runPlugin({
      path,
      arguments: this.#spec.arguments,
      environment: variables,
      signal,
      complaint: (stderr) => complaintOf(stderr, secrets),
    })
    this.#current = readAnswer(stdout, this.#spec.apiVersion)
    return this.#current
  }
}
