import { readFileSync, writeFileSync } from 'node:fs'
import { accountName } from '../account.ts'
import type { Call } from '../call.ts'
import type { Config } from '../config.ts'
import { connectionOptions } from '../connecting.ts'
import { correlationIdOf } from '../correlation.ts'
import { Connections } from '../kubernetes/connection.ts'
import { Cluster } from '../services/cluster.ts'
import { Contexts } from '../services/contexts.ts'
import { diagnose } from '../services/diagnose/diagnose.ts'
import { rules } from '../services/diagnose/rules/index.ts'
import { readSaved } from '../services/diagnose/saved.ts'
import type { Snapshot } from '../services/diagnose/snapshot.ts'
import { diagnosisText } from '../services/diagnose/text.ts'
import { Releases } from '../services/helm/releases.ts'
import { Diagnoses, type DiagnosisInput } from '../services/diagnosis.ts'
import { print, printJson, remark, usage } from './command.ts'
import type { DiagnoseFlags } from './diagnose.ts'

/** Exit code where something is wrong: 1 is for what could not be done. */
const FOUND = 2

/** Diagnoses a cluster or a saved snapshot, and prints what it came to. Resolves with the exit code. */
export async function diagnosed(config: Config, flags: DiagnoseFlags): Promise<number> {
  const snapshot = flags.from === undefined ? await taken(config, flags) : savedIn(flags.from, flags)
  if (flags.save !== undefined) save(flags.save, snapshot)
  const diagnosis = await diagnose(snapshot, rules)
  if (flags.json === true) printJson(diagnosis)
  else print(diagnosisText(diagnosis))
  return diagnosis.findings.length === 0 ? 0 : FOUND
}

async function taken(config: Config, flags: DiagnoseFlags): Promise<Snapshot> {
  const connections = new Connections(connectionOptions(config))
  await connections.start()
  try {
    const call = ownCall()
    const cluster = new Cluster(new Contexts(connections, undefined).open(call, flags.context), call)
    const releases = new Releases(cluster, { driver: config.HELM_DRIVER })
    return await new Diagnoses(cluster, releases).snapshot(inputOf(flags))
  } finally {
    await connections.close()
  }
}

// Whoever can start this has the kubeconfig in hand: what it allows is allowed here.
const ownCall = (): Call => ({
  principal: { kind: 'person', subject: accountName() },
  grant: { role: 'admin', groups: [], scope: {} },
  door: 'terminal',
  correlationId: correlationIdOf({}),
  signal: new AbortController().signal,
  progress: () => undefined,
  wantsProgress: false,
  requests: [],
})

const inputOf = ({ namespace, kind, name, 'all-namespaces': all }: DiagnoseFlags): DiagnosisInput => ({
  ...(namespace === undefined ? {} : { namespace }),
  ...(all === undefined ? {} : { allNamespaces: all }),
  ...(kind === undefined ? {} : { kind }),
  ...(name === undefined ? {} : { name }),
})

const LIVE = ['namespace', 'all-namespaces', 'kind', 'name', 'context', 'kubeconfig', 'save'] as const

function savedIn(path: string, flags: DiagnoseFlags): Snapshot {
  const beside = LIVE.filter((flag) => flags[flag] !== undefined)
  if (beside.length > 0)
    throw usage(`--from takes all from its file: leave out ${beside.map((flag) => `--${flag}`).join(', ')}.`)
  try {
    return readSaved(readFileSync(path, 'utf8'))
  } catch (error) {
    throw error instanceof Error && 'syscall' in error
      ? usage(`--from ${path} cannot be read (${codeOf(error)}).`)
      : error
  }
}

// A file that is there may be readable by others, and is somebody's: it is never written over.
function save(path: string, snapshot: Snapshot): void {
  try {
    writeFileSync(path, JSON.stringify(snapshot), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw usage(`--save ${path} cannot be written (${codeOf(error)}).`)
  }
  remark(`Saved: ${path}`)
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
