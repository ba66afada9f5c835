import { stat, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type Config, dataPlaces } from '../../config.ts'
import { type Problem, problems } from '../../errors.ts'
import { executable, findOnPath } from '../../kubernetes/programs.ts'
import type { Cluster } from '../cluster.ts'
import { diskFault } from './disk-fault.ts'
import { flagArguments, type HelmCommand, type HelmFlags } from './flags.ts'
import { type Home, makeHome } from './home.ts'
import { kubeconfigOf } from './kubeconfig.ts'
import { type HelmResult, runHelm } from './process.ts'
import { type HelmVersion, readVersion } from './version.ts'

export type { HelmCommand, HelmFlags } from './flags.ts'
export type { HelmResult } from './process.ts'
export type { HelmVersion } from './version.ts'
export { processGroupAlive } from './process-group.ts'

/** One run of helm. */
export interface HelmRequest {
  command: HelmCommand
  flags: HelmFlags
  /** Release name, path of a stored chart, revision. */
  positionals: readonly string[]
  /** YAML or JSON of the values, given on stdin. */
  values?: string
  /** Where it goes: a kubeconfig of its own is made for its context. Absent: helm reaches no cluster. */
  cluster?: Cluster
  /** Fires: the whole process group is asked to end (SIGTERM), and made to (SIGKILL) 15 s later. */
  signal: AbortSignal
  /** Milliseconds after which it is ended in the same way. */
  timeout: number
  /** Told each line that helm writes to stderr, scrubbed; with the flag `debug` they are its progress. */
  onLine?: (line: string) => void
  /**
   * Told the process group once helm runs, and awaited before helm is given its values: record it, since a helm outlives a server that
   * dies (`processGroupAlive`).
   */
  started?: (processGroup: string) => unknown
}

const VERSION_MILLISECONDS = 10_000

/** The helm binary: found anew for each run, asked for its version once, run without a shell in an environment of its own. */
export class HelmBinary {
  readonly #config: Config
  readonly #homes: string
  #known: { file: string; version: Promise<HelmVersion> } | undefined

  constructor(config: Config) {
    this.#config = config
    this.#homes = join(dataPlaces(config).folder, 'helm')
  }

  /** Throws `helm_not_installed`, `helm_too_old`, `helm_unusable`, `helm_no_place`. */
  async version(): Promise<HelmVersion> {
    return this.#versionOf(await this.#find())
  }

  /**
   * Runs helm and says how it ended, which may be badly: `failureOf` says it in words. Throws `helm_not_installed`, `helm_too_old`,
   * `helm_unusable`, `helm_no_place`, `cancelled`, what a cluster's credentials throw, and `bad_input` for what helm would not take as it is meant.
   */
  async run(request: HelmRequest): Promise<HelmResult> {
    const path = await this.#find()
    const args = argumentsOf(request, await this.#versionOf(path))
    return this.#inHome(async (home) => {
      if (request.cluster !== undefined) await giveKubeconfig(home, request.cluster, request.signal)
      return runHelm({
        path,
        arguments: args,
        environment: this.#environment(home),
        directory: home.folder,
        input: request.values ?? '',
        signal: request.signal,
        timeout: request.timeout,
        ...(request.onLine && { onLine: request.onLine }),
        started(group) {
          home.belongsTo(group)
          return request.started?.(group)
        },
      })
    })
  }

  async #find(): Promise<string> {
    const { HELM_BIN, environment } = this.#config
    const found = isAbsolute(HELM_BIN) ? executable(HELM_BIN) : findOnPath(HELM_BIN, environment['PATH'] ?? '')
    const path = HELM_BIN.includes('/') && !isAbsolute(HELM_BIN) ? undefined : await found
    if (path === undefined) throw problems.helmNotInstalled(HELM_BIN)
    return path
  }

  // Asked once for each file: a newer helm in its place is asked anew, and one that did not answer is asked again.
  async #versionOf(path: string): Promise<HelmVersion> {
    const { size, mtimeMs, ino } = await stat(path)
    const file = JSON.stringify([path, size, mtimeMs, ino])
    if (this.#known?.file !== file) this.#known = { file, version: this.#ask(path) }
    const { version } = this.#known
    version.catch(() => {
      this.#known = undefined
    })
    return version
  }

  #ask(path: string): Promise<HelmVersion> {
    return this.#inHome(async (home) => {
      const result = await runHelm({
        path,
        arguments: ['version', '--template={{.Version}}'],
        environment: this.#environment(home),
        directory: home.folder,
        signal: new AbortController().signal,
        timeout: VERSION_MILLISECONDS,
      })
      if (result.code !== 0) throw problems.helmUnusable(path, `asked for its version, it ${endingOf(result)}`)
      return readVersion(result.stdout, path)
    })
  }

  async #inHome<T>(work: (home: Home) => Promise<T>): Promise<T> {
    const home = await written(() => makeHome(this.#homes))
    try {
      return await work(home)
    } finally {
      await home.remove()
    }
  }

  #environment(home: Home): Record<string, string> {
    const { environment, HELM_DRIVER } = this.#config
    const trust = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SystemRoot'].flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    return { ...Object.fromEntries(trust), ...home.environment, HELM_DRIVER, HELM_NO_PLUGINS: '1' }
  }
}

async function giveKubeconfig(home: Home, cluster: Cluster, signal: AbortSignal): Promise<void> {
  const kubeconfig = await kubeconfigOf(cluster.api.connection, signal)
  await written(() => writeFile(home.kubeconfig, kubeconfig, { mode: 0o600 }))
}

/** Throws `helm_no_place` where the file system refuses. */
async function written<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw problems.helmNoPlace(diskFault(error))
  }
}

function argumentsOf({ command, flags, positionals, values }: HelmRequest, version: HelmVersion): string[] {
  for (const each of positionals) assertPositional(each)
  const fromStdin = values === undefined ? [] : ['--values=-']
  return [command, ...flagArguments(command, flags, version), ...fromStdin, '--', ...positionals]
}

// Behind "--" nothing is a flag. What is refused as well would be fetched, or read from where nobody meant.
function assertPositional(text: string): void {
  if (/^[\w/][^\p{Cc}]*$/u.test(text) && !text.includes('://') && !text.split('/').includes('..')) return
  throw problems.badInput(
    `"${text}" cannot be passed to helm.`,
    'Release names are lower-case letters, digits and "-".',
  )
}

/** How a run that did not succeed ended, in the words that go on from "helm install". */
export function endingOf({ code, stderr, killed }: HelmResult): string {
  const last = complaintIn(stderr)
  const said = last === '' ? '' : `: ${last}`
  if (killed === 'cancelled') return 'was cancelled and ended'
  if (killed === 'timeout') return `did not end in time and was ended${said}`
  if (killed === 'output') return 'wrote more than 32 MiB and was ended'
  if (killed === 'signal') return `was ended by a signal that is not this server's${said}`
  return `failed with exit code ${code}${said}`
}

/** What is wrong with a run that did not succeed. */
export const failureOf = (command: HelmCommand, result: HelmResult, next?: string): Problem =>
  problems.helmFailed(command, endingOf(result).replace(/\.$/, ''), next)

const COMPLAINT_LENGTH = 2_000

/** Helm's own error, which may be several lines; else the last line there is. */
export function complaintIn(stderr: string): string {
  const at = stderr.lastIndexOf('Error: ')
  const text = at >= 0 ? stderr.slice(at + 'Error: '.length) : (stderr.trim().split('\n').at(-1) ?? '')
  return text.trim().slice(0, COMPLAINT_LENGTH)
}
