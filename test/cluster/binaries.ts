import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Kubernetes release of the pins in kubernetes/go.mod; stamped into the binaries, which otherwise call themselves v0.0.0. */
const kubernetesVersion = 'v1.36.2'
const versionPackage = 'k8s.io/component-base/version'
const kubernetesStamp = [
  `-X ${versionPackage}.gitVersion=${kubernetesVersion}`,
  `-X ${versionPackage}.gitMajor=1`,
  `-X ${versionPackage}.gitMinor=36`,
  `-X ${versionPackage}.gitTreeState=clean`,
  `-X k8s.io/client-go/pkg/version.gitVersion=${kubernetesVersion}`,
].join(' ')

/** One program of the test cluster: the Go module folder beside this file it is built in, its package, its linker flags. */
export interface Binary {
  readonly name: string
  readonly module: string
  readonly package: string
  readonly linkerFlags: string
}

const kubernetesBinary = (name: string): Binary => ({
  name,
  module: 'kubernetes',
  package: `k8s.io/kubernetes/cmd/${name}`,
  linkerFlags: `-s -w ${kubernetesStamp}`,
})

/** Everything the test cluster runs, in the order it is built. */
export const binaries: readonly Binary[] = [
  kubernetesBinary('kube-apiserver'),
  kubernetesBinary('kube-controller-manager'),
  kubernetesBinary('kube-scheduler'),
  kubernetesBinary('kubectl'),
  { name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3', linkerFlags: '-s -w' },
  { name: 'kwok', module: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', linkerFlags: '-s -w' },
  { name: 'node-api', module: 'node', package: '.', linkerFlags: '-s -w' },
  { name: 'helm', module: 'helm', package: 'helm.sh/helm/v4/cmd/helm', linkerFlags: '-s -w' },
]

/** kwok's own stages that move nodes and pods, joined into one file at build time, so that a start needs no Go. */
export const stagesFile = 'kwok-stages.yaml'

/** Folder of the Go modules: this one. */
export const moduleRoot = import.meta.dirname

/** `go build` flags that shape the binaries; readonly, so that a build never edits the pins in the checkout. */
export const goBuildFlags = ['-mod=readonly', '-buildvcs=false', '-trimpath'] as const

const moduleFiles = (module: string): string[] =>
  ['go.mod', 'go.sum', 'main.go'].map((file) => join(moduleRoot, module, file)).filter((file) => existsSync(file))

function sourcesKey(): string {
  const hash = createHash('sha256')
  for (const module of new Set(binaries.map((binary) => binary.module))) {
    for (const file of moduleFiles(module)) hash.update(readFileSync(file))
  }
  hash.update(JSON.stringify([binaries, goBuildFlags, process.platform, process.arch]))
  return hash.digest('hex').slice(0, 16)
}

/** The Go release that would build the binaries (`go1.26.8`), or undefined where there is no Go. */
export function goVersion(): string | undefined {
  try {
    return execFileSync('go', ['env', 'GOVERSION'], {
      cwd: join(moduleRoot, 'kubernetes'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}

/** Folder of all builds, outside the checkout (XDG Base Directory Specification). */
export const cacheRoot = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'k8s-mcp', 'test-cluster')

/** Folder of the binaries that these sources and this Go release make. */
export const cacheFolder = (go: string): string => join(cacheRoot(), `${sourcesKey()}-${go}`)

/** What is missing in a folder of binaries; empty when it can start a whole cluster. */
export const missingIn = (folder: string): string[] =>
  [...binaries.map((binary) => binary.name), stagesFile].filter((name) => !existsSync(join(folder, name)))

function builtWithoutGo(): string | undefined {
  if (!existsSync(cacheRoot())) return undefined
  const key = sourcesKey()
  const folders = readdirSync(cacheRoot()).filter((name) => name.startsWith(`${key}-`))
  return folders.map((name) => join(cacheRoot(), name)).find((folder) => missingIn(folder).length === 0)
}

/** A complete folder of binaries of these sources, built by whichever Go release; undefined when there is none. */
export function builtFolder(): string | undefined {
  const go = goVersion()
  const folder = go === undefined ? undefined : cacheFolder(go)
  return folder !== undefined && missingIn(folder).length === 0 ? folder : builtWithoutGo()
}

/** The programs of envtest's convention: a folder with etcd, kube-apiserver and kubectl. */
const assetNames = ['kube-apiserver', 'etcd', 'kubectl']

/** `KUBEBUILDER_ASSETS`, where it is set and complete. */
export function assetsFolder(): string | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS']
  if (!folder || !assetNames.every((name) => existsSync(join(folder, name)))) return undefined
  return folder
}

/** Where each program is. */
export interface BinaryLocations {
  /** Folder of our own build; undefined where only `KUBEBUILDER_ASSETS` is there. */
  readonly built: string | undefined
  readonly assets: string | undefined
}

/** Path of one program: from `KUBEBUILDER_ASSETS` where it has it, else from our own build. */
export function binaryPath(locations: BinaryLocations, name: string): string {
  if (locations.assets !== undefined && assetNames.includes(name)) return join(locations.assets, name)
  if (locations.built !== undefined) return join(locations.built, name)
  throw new Error(
    `The test cluster needs ${name}, which KUBEBUILDER_ASSETS does not bring. Install Go and run: npm run test:cluster:build`,
  )
}
