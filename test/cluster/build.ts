import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import {
  assetsFolder,
  binaries,
  builtPaths,
  cacheRoot,
  goBuildFlags,
  goVersion,
  missingOf,
  moduleRoot,
  pathsOf,
  type Binary,
  type BinaryLocations,
  type BuiltPaths,
} from './binaries.ts'

const run = promisify(execFile)

/** kwok stages in use: nodes become Ready, pods become Running, Jobs' pods succeed, deleted pods go. */
const stages = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/fast/pod-ready',
  'pod/fast/pod-complete',
  'pod/fast/pod-delete',
]

/** Receives one line of progress. */
export type Progress = (line: string) => void

const needsGo = `The test cluster is built from Go modules, and there is no \`go\` here.
Install Go 1.26 or newer (https://go.dev/dl/; the golang package of most distributions is too old),
or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl for the tests that need no more.`

// Two builds at once make the same file twice: each writes beside the target and renames, which is atomic.
async function publish(target: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`
  try {
    await write(temporary)
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function buildBinary(binary: Binary, target: string): Promise<void> {
  const args = ['build', ...goBuildFlags, '-ldflags', binary.linkerFlags]
  await publish(target, (temporary) =>
    run('go', [...args, '-o', temporary, binary.package], {
      cwd: join(moduleRoot, binary.module),
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' },
      maxBuffer: 64 * 1024 * 1024,
    }),
  )
}

async function copyStages(target: string): Promise<void> {
  const list = ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok']
  const { stdout } = await run('go', list, {
    cwd: join(moduleRoot, 'kwok'),
    env: { ...process.env, GOFLAGS: '' },
  })
  const files = stages.map((stage) => join(stdout.trim(), 'kustomize', 'stage', `${stage}.yaml`))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  await publish(target, (temporary) => writeFile(temporary, texts.join('\n---\n')))
}

async function buildOne(name: string, target: string): Promise<void> {
  const binary = binaries.find((candidate) => candidate.name === name)
  await (binary === undefined ? copyStages(target) : buildBinary(binary, target))
}

async function buildMissing(paths: BuiltPaths, progress: Progress): Promise<void> {
  const missing = missingOf(paths)
  for (const [index, [name, path]] of missing.entries()) {
    const started = performance.now()
    progress(`building ${name} (${index + 1} of ${missing.length})`)
    await mkdir(dirname(path), { recursive: true })
    await buildOne(name, path)
    progress(`built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
}

/**
 * Paths of all binaries, built first where some are missing: about eight minutes on two cores with a cold Go cache,
 * seconds with a warm one. Safe with several processes at once.
 * @throws Error when there is no Go, or with the compiler's own output when a build fails
 */
export async function buildBinaries(progress: Progress): Promise<BuiltPaths> {
  const go = goVersion()
  const there = builtPaths()
  if (there !== undefined) return there
  if (go === undefined) throw new Error(needsGo)
  const paths = pathsOf(go)
  await buildMissing(paths, progress)
  return paths
}

/**
 * Where the programs of a cluster are. `KUBEBUILDER_ASSETS` comes first for the three programs it brings;
 * `whole` says that all others are needed too, and builds them.
 */
export async function locateBinaries(whole: boolean, progress: Progress): Promise<BinaryLocations> {
  const assets = assetsFolder()
  if (!whole && assets !== undefined) return { built: builtPaths(), assets }
  return { built: await buildBinaries(progress), assets }
}

/**
 * Builds some of the programs into a folder that is not the cache: the image takes kubectl and helm from here.
 * @throws Error for a name that is no program of ours, or with the compiler's own output
 */
async function buildInto(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of names) {
    const binary = binaries.find((candidate) => candidate.name === name)
    if (binary === undefined) throw new Error(`${name} is none of ${binaries.map((each) => each.name).join(', ')}`)
    await buildBinary(binary, join(folder, name))
  }
}

const say: Progress = (line) => process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const [flag, folder, ...names] = process.argv.slice(2)
  try {
    if (flag === '--into' && folder !== undefined) return await buildInto(folder, names)
    await buildBinaries(say)
    say(`the test cluster's binaries are in ${cacheRoot()}`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

if (import.meta.main) await main()
