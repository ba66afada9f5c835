import type { Planning } from '../changes/compose.ts'
import type { Done, Evidence, Execution, Plan } from '../changes/plan.ts'
import type { Cluster } from '../cluster.ts'
import type { HelmBinary } from './binary.ts'
import type {
  InstallQuestion,
  ReleaseResult,
  ReleaseSteps,
  RollbackQuestion,
  UninstallQuestion,
  UpgradeQuestion,
} from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import type { Charts } from './charts.ts'
import { ReleaseStorage, type StorageDriver } from './storage.ts'

/** What a server has of Helm. */
export interface HelmSetting {
  driver: StorageDriver
  binary: HelmBinary
  charts: Charts
  /** Names of charts that may render differently each time. */
  unstable: readonly string[]
}

type Planned = Promise<Plan<ReleaseSteps>>

/** Changes of the releases of one cluster. What makes them is loaded when it is first needed. */
export class ReleaseChanges {
  readonly #tools: HelmTools

  constructor(cluster: Cluster, { driver, ...setting }: HelmSetting) {
    this.#tools = { cluster, ...setting, storage: new ReleaseStorage(cluster, driver) }
  }

  async planInstall(input: InstallQuestion, planning: Planning): Planned {
    return (await import('./plan-install.ts')).planInstall(this.#tools, input, planning)
  }

  async planUpgrade(input: UpgradeQuestion, planning: Planning): Planned {
    return (await import('./plan-upgrade.ts')).planUpgrade(this.#tools, input, planning)
  }

  async planRollback(input: RollbackQuestion, planning: Planning): Planned {
    return (await import('./plan-rollback.ts')).planRollback(this.#tools, input, planning)
  }

  async planUninstall(input: UninstallQuestion, planning: Planning): Planned {
    return (await import('./plan-uninstall.ts')).planUninstall(this.#tools, input, planning)
  }

  async execute(steps: ReleaseSteps, execution: Execution): Promise<Done<ReleaseResult>> {
    return (await import('./execute.ts')).executeRelease(this.#tools, steps, execution)
  }

  async evidence(steps: ReleaseSteps, executionId: string, processGroup: string | undefined): Promise<Evidence> {
    return (await import('./evidence.ts')).evidenceOf(this.#tools, steps, executionId, processGroup)
  }
}
