import assert from 'node:assert/strict'
import type { TestCluster } from '../../cluster/cluster.ts'
import { withNamespace } from '../../cluster/shared.ts'
import { approvalIn, approvedAndEnded, inReverse, openSite, type Site } from '../../promise/site.ts'
import type { Input } from '../../support/doors.ts'
import type { Ends } from '../../support/ends.ts'
import { textAt } from '../../support/json.ts'
import { startRegistry } from './registry.ts'
import { helmJson, type HelmSetup, runHelm } from './releases.ts'

export const HELM = {
  install: 'infra.k8s.helm.installChart',
  upgrade: 'infra.k8s.helm.upgradeChart',
  rollback: 'infra.k8s.helm.rollbackRelease',
  uninstall: 'infra.k8s.helm.uninstallRelease',
} as const

export const HELM_4: HelmSetup = { binary: 'helm', driver: 'secret' }

/** A server that changes releases, charts of the repository team/web by tag, a namespace of the test's own. */
export interface HelmSite {
  readonly site: Site
  readonly cluster: TestCluster
  readonly namespace: string
  /** The chart, whose tag is its version. */
  readonly chart: string
  /** Asks as the agent; the approval, or the problem. */
  readonly ask: (operation: string, input: Input) => Promise<unknown>
  /** Asks, and fails where no approval comes of it. */
  readonly planned: (operation: string, input: Input) => Promise<{ id: string; body: unknown }>
  /** Asks, approves as a person, waits for the end. */
  readonly done: (operation: string, input: Input) => Promise<unknown>
  /** What helm itself says, as JSON: `helm status`, `helm history`. */
  readonly helm: (args: readonly string[]) => Promise<unknown>
  /** The same as text. */
  readonly text: (args: readonly string[]) => Promise<string>
}

/** Opens all of it; charts by version. */
export async function openHelm(
  t: Ends,
  cluster: TestCluster,
  charts: Readonly<Record<string, Buffer>>,
  settings: Record<string, string> = {},
  setup: HelmSetup = HELM_4,
): Promise<HelmSite> {
  const ends = inReverse(t)
  const { host } = await startRegistry(ends, charts)
  const site = await openSite(ends, cluster.kubeconfig, {
    HELM_BIN: cluster.binary(setup.binary),
    HELM_CHART_SOURCES: `oci+http://${host}`,
    HELM_DRIVER: setup.driver,
    ...settings,
  })
  const namespace = await withNamespace(cluster)
  const ask = async (operation: string, input: Input) =>
    (await site.bot.call(operation, { namespace, name: 'shop', ...input })).body
  const planned = async (operation: string, input: Input) => {
    const body = await ask(operation, input)
    return { id: approvalIn(body).id, body }
  }
  return {
    site,
    cluster,
    namespace,
    chart: `oci://${host}/team/web`,
    ask,
    planned,
    done: async (operation, input) => approvedAndEnded(site.alice, (await planned(operation, input)).id),
    helm: (args) => helmJson(cluster, setup, [...args, '-n', namespace]),
    text: (args) => runHelm(cluster, setup, [...args, '-n', namespace]),
  }
}

/** Fails unless an approval ended well; answers it. */
export function succeeded(approval: unknown): unknown {
  assert.equal(textAt(approval, 'state'), 'succeeded', JSON.stringify(approval, undefined, 1))
  return approval
}
