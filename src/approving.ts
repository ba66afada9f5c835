import { unwatchFile, watchFile } from 'node:fs'
import type { Logger } from 'pino'
import { accountName } from './account.ts'
import { type Config, ConfigError, dataPlaces } from './config.ts'
import { Problem } from './errors.ts'
import { logEvent } from './log.ts'
import { Approvals, type ApprovalsOptions } from './services/approvals/approvals.ts'
import { notifierOf, type Opened, openStore } from './services/approvals/open.ts'
import type { PolicySettings } from './services/approvals/policy.ts'
import { type PolicySource, policySource } from './services/approvals/policy-file.ts'
import { WAITING } from './services/approvals/states.ts'
import type { ApprovalStore } from './services/approvals/store.ts'
import { Principals } from './services/principals/principals.ts'
import type { Readiness } from './services/server.ts'

/** The approvals of this server, put together with its settings. */
export interface Approving {
  /** Undefined where the store could not be opened; `problem` says why, and reads go on. */
  approvals: Approvals | undefined
  opened: Opened | undefined
  /** Undefined where the store could not be opened: no token can be checked then. */
  principals: Principals | undefined
  problem: Problem | undefined
  policy: PolicySource
  readiness: Readiness
  close(): Promise<void>
}

export interface ApprovingOptions extends Pick<ApprovalsOptions, 'performer' | 'fail' | 'late'> {
  config: Config
  log: Logger
  /** What holds where the policy says nothing, with so many people known; asked for at each load. */
  settings: (persons: number | undefined) => PolicySettings
  linkTo: (id: string) => string
}

const LOOK_MILLISECONDS = 1_000

/**
 * Opens the store and reads the policy. A second server on the same store and a policy that cannot be used stop the start
 * ({@link ConfigError}); any other fault of the store is kept as the problem that every change is answered with.
 */
export async function startApproving(options: ApprovingOptions): Promise<Approving> {
  const { config, log, settings, linkTo, ...rest } = options
  let known: Principals | undefined
  const policy = usablePolicy(config.POLICY_FILE, () => settings(known?.persons()))
  const secret = notifySecret(config)
  const found = await openedOrProblem(config, log)
  if (found instanceof Problem) return without(found, policy)
  const { opened, principals } = found
  known = principals
  policy.reload()
  const failed = (id: string, error: unknown) =>
    log.error({ err: error, approval: id }, 'an approval could not be settled')
  const approvals = new Approvals({ ...opened, policy, failed, most: config.MAX_OPEN_APPROVALS, ...rest })
  const notifier =
    config.NOTIFY_URL === undefined
      ? undefined
      : notifierOf(opened.store, {
          url: config.NOTIFY_URL,
          secret,
          linkTo,
          failed: (id, why) => log.warn({ approval: id, why }, 'the webhook of NOTIFY_URL was not told'),
        })
  const reload = () => reloaded(policy, approvals, log)
  opened.store.onHappened((happened, row) => logEvent(log, happened, row))
  const unwatch = watch(config.POLICY_FILE, reload)
  // A second person, and nobody confirms their own requests by default any more.
  principals.onChange(() => void reload())
  const close = async () => {
    unwatch()
    principals.close()
    await notifier?.close()
    await approvals.close()
  }
  const readiness = readinessOf(policy, opened.store)
  return { approvals, opened, principals, problem: undefined, policy, readiness, close }
}

const readinessOf = (policy: PolicySource, store: ApprovalStore): Readiness => ({
  storeProblem: () => store.problem,
  policyProblem: () => policy.problem,
  // Counting is a read: what cannot be read is not known.
  open: () => store.count(WAITING).catch(() => undefined),
})

const without = (problem: Problem, policy: PolicySource): Approving => ({
  approvals: undefined,
  opened: undefined,
  principals: undefined,
  problem,
  policy,
  readiness: {
    storeProblem: () => problem,
    policyProblem: () => policy.problem,
    open: async () => undefined,
  },
  close: async () => undefined,
})

function usablePolicy(path: string | undefined, settings: () => PolicySettings): PolicySource {
  try {
    return policySource(path, settings)
  } catch (error) {
    throw error instanceof Problem ? new ConfigError([`POLICY_FILE: ${error.message}`]) : error
  }
}

function notifySecret({ NOTIFY_URL, NOTIFY_SECRET = '' }: Config): string {
  if (NOTIFY_URL !== undefined && NOTIFY_SECRET.length < 16)
    throw new ConfigError([
      'NOTIFY_URL needs NOTIFY_SECRET, of at least 16 characters: the receiver checks the signature with it.',
    ])
  return NOTIFY_SECRET
}

async function openedOrProblem(
  config: Config,
  log: Logger,
): Promise<{ opened: Opened; principals: Principals } | Problem> {
  try {
    const opened = await openStore(dataPlaces(config))
    return { opened, principals: await principalsOf(opened.store) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'store_locked') throw new ConfigError([`${error.message} ${error.next ?? ''}`])
    log.error({ code: error.code, next: error.next }, `changes are refused: ${error.message}`)
    return error
  }
}

// Tokens that cannot be read are no tokens: then nothing is decided here at all.
async function principalsOf(store: ApprovalStore): Promise<Principals> {
  try {
    return await Principals.open({ store, operator: accountName() })
  } catch (error) {
    await store.close()
    throw error
  }
}

async function reloaded(policy: PolicySource, approvals: Approvals, log: Logger): Promise<void> {
  const { changed, problem } = policy.reload()
  if (problem !== undefined)
    log.error({ code: problem.code }, `the policy of before goes on to hold: ${problem.message}`)
  if (!changed) return
  const stale = await approvals.reconsider()
  log.info({ stale, policy: policy.current.version }, 'the policy has changed')
}

// Looking sees a file that is replaced by rename or by a swapped link (a mounted ConfigMap), which fs.watch does not.
function watch(path: string | undefined, reload: () => Promise<void>): () => void {
  if (path === undefined) return () => undefined
  const changed = () => void reload()
  watchFile(path, { interval: LOOK_MILLISECONDS, persistent: false }, changed)
  return () => unwatchFile(path, changed)
}
