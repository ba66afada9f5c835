import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Kubernetes release of the pins in kubernetes/go.mod; stamped into the binaries, which otherwise call themselves v0.0.0. */
export const kubernetesVersion = 'v1.36.2'
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
  { name: 'helm3', module: 'helm3', package: 'helm.sh/helm/v3/cmd/helm', linkerFlags: '-s -w' },
]

/** kwok's own stages that move nodes and pods, joined into one file at build time, so that a start needs no Go. */
export const stagesFile = 'kwok-stages.yaml'

/** Every file that a build makes, and the module it comes from. */
const built: readonly Pick<Binary, 'name' | 'module'>[] = [...binaries, { name: stagesFile, module: 'kwok' }]

/** Folder of the Go modules: this one. */
export const moduleRoot = import.meta.dirname

/** `go build` flags that shape the binaries; readonly, so that a build never edits the pins in the checkout. */
export const goBuildFlags = ['-mod=readonly', '-buildvcs=false', '-trimpath'] as const

const moduleFiles = (module: string): string[] =>
  ['go.mod', 'go.sum', 'main.go'].map((file) => join(moduleRoot, module, file)).filter((file) => existsSync(file))

// A folder for each module, so that a change of one builds that one only.
function moduleKey(module: string): string {
  const hash = createHash('sha256')
  for (const file of moduleFiles(module)) hash.update(readFileSync(file))
  const own = binaries.filter((binary) => binary.module === module)
  hash.update(JSON.stringify([own, goBuildFlags, process.platform, process.arch]))
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

/** Path of each file that a build makes, by its name. */
export type BuiltPaths = Readonly<Record<string, string>>

/** Where the files that these sources and this Go release make belong. */
export const pathsOf = (go: string): BuiltPaths =>
  Object.fromEntries(
    built.map(({ name, module }) => [name, join(cacheRoot(), module, `${moduleKey(module)}-${go}`, name)]),
  )

/** What has not been built, with where it belongs; empty when a whole cluster can start. */
export const missingOf = (paths: BuiltPaths): [name: string, path: string][] =>
  Object.entries(paths).filter(([, path]) => !existsSync(path))

// By whichever Go release: it is the last part of the folder's name.
function builtBefore({ name, module }: (typeof built)[number]): string | undefined {
  const folder = join(cacheRoot(), module)
  if (!existsSync(folder)) return undefined
  const key = moduleKey(module)
  const candidates = readdirSync(folder).filter((each) => each.startsWith(`${key}-`))
  return candidates.map((each) => join(folder, each, name)).find((path) => existsSync(path))
}

function builtWithoutGo(): BuiltPaths | undefined {
  const found = built.flatMap((each) => {
    const path = builtBefore(each)
    return path === undefined ? [] : [[each.name, path] as const]
  })
  return found.length === built.length ? Object.fromEntries(found) : undefined
}

/** All files of these sources, built by whichever Go release; undefined where some are missing. */
export function builtPaths(): BuiltPaths | undefined {
  const go = goVersion()
  const paths = go === undefined ? undefined : pathsOf(go)
  return paths !== undefined && missingOf(paths).length === 0 ? paths : builtWithoutGo()
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
  /** Our own build; undefined where only `KUBEBUILDER_ASSETS` is there. */
  readonly built: BuiltPaths | undefined
  readonly assets: string | undefined
}

/** Path of one program: from `KUBEBUILDER_ASSETS` where it has it, else from our own build. */
export function binaryPath(locations: BinaryLocations, name: string): string {
  if (locations.assets !== undefined && assetNames.includes(name)) return join(locations.assets, name)
  const own = locations.built?.[name]
  if (own !== undefined) return own
  throw new Error(
    `The test cluster needs ${name}, which KUBEBUILDER_ASSETS does not bring. Install Go and run: npm run test:cluster:build`,
  )
}
