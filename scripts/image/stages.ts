import { createHash } from 'node:crypto'
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { type Base, baseOf } from './bases.ts'
import { commandInside, type Mount, NETWORK } from './chroot.ts'
import { run } from './command.ts'
import { type Dockerfile, type Instruction, pairsOf, type Stage } from './dockerfile.ts'

/** A stage as it is on disk. */
export interface BuiltStage {
  key: string
  root: string
  environment: Record<string, string>
  workdir: string
  mounts: readonly Mount[]
}

/** Where a replay reads from and writes to. */
export interface Places {
  /** The build context. */
  context: string
  /** One folder for each stage, named after what is in it. */
  cache: string
  progress(line: string): void
}

/** Build arguments that every build has without naming them. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/** Builds the stages of a Dockerfile, each when another one first needs it, and none whose result is there already. */
export class Stages {
  readonly #file: Dockerfile
  readonly #places: Places
  readonly #built = new Map<string, Promise<BuiltStage>>()

  constructor(file: Dockerfile, places: Places) {
    this.#file = file
    this.#places = places
  }

  /** The keys of the stages that were needed. */
  async keys(): Promise<string[]> {
    const stages = await Promise.all(this.#built.values())
    return stages.map(({ root }) => basename(root))
  }

  /** A stage by its name, or the image that a stage begins with. */
  of(name: string): Promise<BuiltStage> {
    const known = this.#built.get(name) ?? this.#make(name)
    this.#built.set(name, known)
    return known
  }

  #make(name: string): Promise<BuiltStage> {
    if (name === 'scratch') return this.#scratch()
    const stage = this.#file.stages.find((each) => each.name === name)
    return stage === undefined ? this.#image(baseOf(name)) : this.#stage(stage)
  }

  async #scratch(): Promise<BuiltStage> {
    const root = join(this.#places.cache, 'scratch')
    mkdirSync(root, { recursive: true })
    return { key: 'scratch', root, environment: {}, workdir: '/', mounts: [] }
  }

  async #image(base: Base): Promise<BuiltStage> {
    const { key, environment, mounts } = base
    const root = join(this.#places.cache, `base-${key}`)
    await this.#once(root, (folder) => base.fill(folder))
    return { key, root, environment, workdir: '/', mounts }
  }

  async #stage({ from, name, instructions }: Stage): Promise<BuiltStage> {
    const before = await this.of(from)
    const copied = await Promise.all(
      instructions.filter((each) => each.name === 'COPY').map((each) => this.#copy(each)),
    )
    const key = digest([before.key, instructions.map((each) => [each.name, each.text]), copied.map((each) => each.key)])
    const stage = { ...before, key, root: join(this.#places.cache, `${name}-${key}`), ...stateOf(before, instructions) }
    await this.#once(stage.root, (root) => this.#replay({ ...before, root }, before.root, instructions))
    return stage
  }

  /** What a COPY takes its sources from. */
  async #copy({ text, line }: Instruction): Promise<{ key: string; folder: string; words: string[]; mode?: string }> {
    const words = text.split(/\s+/)
    const flags = Object.fromEntries(
      words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=')),
    )
    const { from, chmod, ...strange } = flags
    if (Object.keys(strange).length > 0) throw new Error(`Dockerfile, line ${line}: no replay of COPY ${text}`)
    const paths = words.filter((word) => !word.startsWith('--'))
    const mode = chmod === undefined ? {} : { mode: String(chmod) }
    if (from === undefined) return { ...this.#fromContext(paths.slice(0, -1)), words: paths, ...mode }
    const { key, root } = await this.of(String(from))
    return { key, folder: root, words: paths, ...mode }
  }

  #fromContext(paths: readonly string[]): { key: string; folder: string } {
    const folder = this.#places.context
    return { key: digest(paths.map((path) => contentOf(join(folder, path)))), folder }
  }

  async #replay(stage: BuiltStage, from: string, instructions: readonly Instruction[]): Promise<void> {
    await run('cp', ['-a', '--reflink=auto', `${from}/.`, stage.root])
    let { environment, workdir } = stage
    for (const instruction of instructions) {
      if (instruction.name === 'RUN') await this.#run({ ...stage, environment, workdir }, instruction)
      if (instruction.name === 'COPY') await this.#put(join(stage.root, workdir), stage.root, instruction)
      ;({ environment, workdir } = stateOf({ environment, workdir }, [instruction]))
      mkdirSync(join(stage.root, workdir), { recursive: true })
    }
  }

  async #run({ root, environment, workdir, mounts }: BuiltStage, { text, line }: Instruction): Promise<void> {
    const started = performance.now()
    const proxies = PROXIES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
    const inside = { root, workdir, mounts: [...mounts, ...NETWORK] }
    const [program, ...args] = commandInside(inside, ['/bin/sh', '-c', text])
    await run(program, args, { HOME: '/root', ...Object.fromEntries(proxies), ...environment })
    this.#places.progress(`line ${line}: RUN ${text.slice(0, 60)} (${seconds(started)})`)
  }

  async #put(here: string, root: string, instruction: Instruction): Promise<void> {
    const { folder, words, mode } = await this.#copy(instruction)
    const to = words.at(-1) ?? ''
    const target = to.startsWith('/') ? join(root, to) : join(here, to)
    const many = words.length > 2 || to.endsWith('/')
    for (const source of words.slice(0, -1)) {
      const path = join(folder, source)
      const isFolder = statSync(path).isDirectory()
      const place = isFolder || !many ? target : join(target, basename(source))
      mkdirSync(isFolder ? place : dirname(place), { recursive: true })
      await run('cp', ['-a', '--no-preserve=ownership', isFolder ? `${path}/.` : path, place])
      if (mode !== undefined) await run('chmod', [mode, place])
    }
  }

  /** Fills a folder beside its place, and moves it there: a replay that is ended in between leaves no half of one. */
  async #once(root: string, fill: (root: string) => Promise<void>): Promise<void> {
    if (existsSync(root)) return
    const unfinished = `${root}.${process.pid}`
    this.#places.progress(`building ${basename(root)}`)
    try {
      mkdirSync(unfinished, { recursive: true, mode: 0o755 })
      await fill(unfinished)
      if (!existsSync(root)) renameSync(unfinished, root)
    } finally {
      rmSync(unfinished, { recursive: true, force: true })
    }
  }
}

function stateOf(
  { environment, workdir }: Pick<BuiltStage, 'environment' | 'workdir'>,
  instructions: readonly Instruction[],
): Pick<BuiltStage, 'environment' | 'workdir'> {
  const texts = (name: string) => instructions.filter((each) => each.name === name).map(({ text }) => text)
  return {
    environment: Object.assign({}, environment, ...texts('ENV').map(pairsOf)),
    workdir: texts('WORKDIR').at(-1) ?? workdir,
  }
}

const seconds = (started: number) => `${((performance.now() - started) / 1000).toFixed(1)} s`
const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)

/** Names, modes and contents of a file, or of every file of a folder. */
function contentOf(path: string): unknown {
  const files = lstatSync(path).isDirectory()
    ? globSync('**/*', { cwd: path })
        .toSorted()
        .map((name) => join(path, name))
    : [path]
  return files
    .filter((file) => lstatSync(file).isFile())
    .map((file) => [relative(path, file), lstatSync(file).mode & 0o111, digest(readFileSync(file, 'base64'))])
}
