import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { copyContext } from './image/context.ts'
import { configOf, type ImageConfig, readDockerfile } from './image/dockerfile.ts'
import { Stages } from './image/stages.ts'

// `npm run image`: the steps of the Dockerfile, run into a folder of their own where there is no Docker engine. Linux and root only.

const ROOT = join(import.meta.dirname, '..')
/** Results of a stage that stay: with and without kubectl and helm, of this state of the checkout and of the one before. */
const KEPT = 4
const IN_USE_MS = 30 * 60_000

/** The image as a folder, and what it says about itself. */
export interface Image {
  root: string
  config: ImageConfig
}

/** Where the folders of the stages are kept, outside the checkout (XDG Base Directory Specification). */
const cacheFolder = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'k8s-mcp', 'image')

/** Why there can be no image here, or false. */
export function skipWithoutImage(): string | false {
  const able = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/sbin/debootstrap')
  return able ? false : 'needs Linux, root and debootstrap (apt-get install debootstrap)'
}

/**
 * Replays the Dockerfile of this checkout: minutes the first time, seconds where nothing it depends on has changed.
 * @throws Error with what the step said that failed
 */
export async function buildImage(
  given: Readonly<Record<string, string>> = {},
  progress: (line: string) => void = () => undefined,
): Promise<Image> {
  const file = readDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'), given)
  const context = mkdtempSync(join(tmpdir(), 'k8s-mcp-context-'))
  try {
    copyContext(ROOT, context)
    const stages = new Stages(file, { context, cache: cacheFolder(), progress })
    const { root } = await stages.of(file.stages.at(-1)?.name ?? '')
    forget(await stages.keys())
    return { root, config: configOf(file) }
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

/** Removes the older results of each stage, unless a test may still be running in one of them. */
function forget(used: readonly string[]): void {
  const now = new Date()
  for (const name of used) utimesSync(join(cacheFolder(), name), now, now)
  const stages = readdirSync(cacheFolder())
    .filter((name) => /-[0-9a-f]{16}$/.test(name))
    .map((name) => ({
      name,
      stage: name.slice(0, -17),
      age: now.getTime() - statSync(join(cacheFolder(), name)).mtimeMs,
    }))
    .toSorted((a, b) => a.age - b.age)
  for (const results of Map.groupBy(stages, ({ stage }) => stage).values())
    for (const { name, age } of results.slice(KEPT))
      if (age > IN_USE_MS) rmSync(join(cacheFolder(), name), { recursive: true, force: true })
}

/** Size of an image in bytes, as files. */
export const sizeOf = ({ root }: Image): number =>
  Number(execFileSync('du', ['-sb', root], { encoding: 'utf8' }).split('\t')[0])

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { without: { type: 'boolean', default: false } } })
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const image = await buildImage(values.without ? { PROGRAMS: 'without' } : {}, say)
  say(`${image.root}: ${(sizeOf(image) / 1e6).toFixed(1)} MB`)
}

if (import.meta.main) await main()
