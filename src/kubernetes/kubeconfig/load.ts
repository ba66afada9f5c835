import { delimiter, join, resolve } from 'node:path'
import { type KubeconfigFile, mergeKubeconfigs, readKubeconfig } from '../kubeconfig.ts'
import type { Environment } from '../proxy.ts'
import { type Context, readContext } from './context.ts'
import { Unusable } from './fields.ts'
import { errorCode, type FileReader } from './files.ts'
import { type PodSurroundings, readInCluster } from './in-cluster.ts'
import { digest } from './material.ts'
import type { ConnectionState } from './state.ts'

/** Where to look for clusters. */
export interface Places {
  /** Path list, separated as the platform does; undefined: the pod's own service account, else ~/.kube/config. */
  kubeconfig: string | undefined
  homeDirectory: string
  pod: PodSurroundings
  environment: Environment
}

/** Everything one load found. */
export interface Configuration {
  state: ConnectionState
  contexts: ReadonlyMap<string, Context>
  /** True where a file is there and cannot be used: what was read before is then better than nothing. */
  broken: boolean
  /** Equal for two configurations that mean the same, secrets included. */
  digest: string
}

/** Loads in the order kubectl does. Never throws: what is wrong stands in the state. */
export async function loadConfiguration(places: Places, files: FileReader): Promise<Configuration> {
  try {
    return await load(places, files)
  } catch (error) {
    const problem =
      error instanceof Unusable ? error.message : `The configuration cannot be read (${errorCode(error)}).`
    return { ...nothing(problem, [], places), broken: true }
  }
}

async function load(places: Places, files: FileReader): Promise<Configuration> {
  const listed = listedPaths(places)
  if (listed.length > 0) return fromFiles(listed, places, files)
  const own = await readInCluster(places.pod, files, places.environment)
  if (own) return configuration('in-cluster', [], own.state.name, [own], undefined)
  return fromFiles([defaultPath(places)], places, files)
}

function listedPaths({ kubeconfig = '' }: Places): string[] {
  const paths = kubeconfig.split(delimiter).filter((path) => path !== '')
  return [...new Set(paths.map((path) => resolve(path)))]
}

const defaultPath = ({ homeDirectory }: Places): string => join(homeDirectory, '.kube', 'config')

async function fromFiles(paths: readonly string[], places: Places, reader: FileReader): Promise<Configuration> {
  const found = await Promise.all(paths.map((path) => readKubeconfig(path, reader)))
  const files = found.filter((file): file is KubeconfigFile => file !== undefined)
  if (files.length === 0) return nothing(`There is no kubeconfig at ${paths.join(' or ')}.`, [], places)
  const merged = mergeKubeconfigs(files)
  const names = files.map(({ path }) => path)
  if (merged.contexts.size === 0) return nothing(`The kubeconfig ${names.join(', ')} has no contexts.`, names, places)
  const contexts = await Promise.all(
    [...merged.contexts.values()].map((entry) => readContext(entry, merged, reader, places.environment)),
  )
  return configuration('kubeconfig', names, merged.currentContext, contexts, dangling(merged))
}

function dangling({ currentContext, contexts }: ReturnType<typeof mergeKubeconfigs>): string | undefined {
  if (currentContext === undefined || contexts.has(currentContext)) return undefined
  return `The kubeconfig's current-context is "${currentContext}", and it has no such context.`
}

function configuration(
  source: ConnectionState['source'],
  files: string[],
  currentContext: string | undefined,
  contexts: readonly Context[],
  problem: string | undefined,
): Configuration {
  const states = contexts.map(({ state }) => state)
  return {
    state: { source, files, currentContext, contexts: states, problem, howTo: undefined },
    contexts: new Map(contexts.map((context) => [context.state.name, context])),
    broken: false,
    digest: digest([source, files, currentContext, problem, contexts]),
  }
}

function nothing(problem: string, files: string[], places: Places): Configuration {
  const empty = configuration('none', files, undefined, [], problem)
  return { ...empty, state: { ...empty.state, howTo: howTo(places) } }
}

function howTo(places: Places): string {
  const where = listedPaths(places)[0] ?? defaultPath(places)
  return `Write a kubeconfig to ${where}, or start with KUBECONFIG set to one; a file that appears or changes is noticed without a restart.`
}
