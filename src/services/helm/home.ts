import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { processGroupAlive } from './process-group.ts'

const GROUP_FILE = 'process-group'
const PRIVATE_FOLDER = { mode: 0o700 } as const
const PRIVATE_FILE = { mode: 0o600 } as const

/** A folder for one run of helm: its settings, its caches, its kubeconfig. It holds secrets; nobody else may look in. */
export interface Home {
  folder: string
  /** Where the kubeconfig belongs. */
  kubeconfig: string
  /** What tells helm, and all it is made of, to stay in here. */
  environment: Readonly<Record<string, string>>
  /** Keeps the folder as long as that process group runs, should this server die. */
  belongsTo(processGroup: string): void
  remove(): Promise<void>
}

/** Homes of this process that are in use. */
const inUse = new Set<string>()

/** Makes a home under `root` (0700). Homes that a server left behind when it died go first. */
export async function makeHome(root: string): Promise<Home> {
  await mkdir(root, { ...PRIVATE_FOLDER, recursive: true })
  await sweep(root)
  const folder = join(root, randomUUID())
  inUse.add(folder)
  await mkdir(folder, PRIVATE_FOLDER)
  await mkdir(join(folder, 'tmp'), PRIVATE_FOLDER)
  return {
    folder,
    kubeconfig: join(folder, 'kubeconfig'),
    environment: environmentOf(folder),
    belongsTo: (group) => writeFileSync(join(folder, GROUP_FILE), group, PRIVATE_FILE),
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
      inUse.delete(folder)
    },
  }
}

/** Every place that Helm and client-go look at, empty; a folder that is not there is made by them where they need it. */
const environmentOf = (folder: string) => ({
  HOME: folder,
  TMPDIR: join(folder, 'tmp'),
  HELM_CACHE_HOME: join(folder, 'cache'),
  HELM_CONFIG_HOME: join(folder, 'config'),
  HELM_DATA_HOME: join(folder, 'data'),
  HELM_PLUGINS: join(folder, 'plugins'),
  KUBECACHEDIR: join(folder, 'kube-cache'),
  KUBECONFIG: join(folder, 'kubeconfig'),
})

// One server owns DATA_DIR: what is here and not its own is of one that died. Its helm may still run, and reads its kubeconfig.
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const folder = join(root, name)
    if (!inUse.has(folder) && !(await stillRuns(folder))) await rm(folder, { recursive: true, force: true })
  }
}

async function stillRuns(folder: string): Promise<boolean> {
  const file = join(folder, GROUP_FILE)
  if (!existsSync(file)) return false
  try {
    return processGroupAlive(await readFile(file, 'utf8'))
  } catch {
    return false
  }
}
