import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { problems } from '../../../errors.ts'
import { Definitions, isReferenceFile, type ReferenceFile } from './definitions.ts'

export interface LibraryOptions {
  /** Folder of what the build made: `<version>.json`. */
  built: string
  /** Folder of what was imported, which wins. */
  imported: string
  /** The version that is meant where none is named. Default: the newest built one. */
  version?: string | undefined
}

export interface Volume {
  definitions: Definitions
  from: 'built-in' | 'imported'
}

interface Open {
  /** Which files it was read from, as they were then. */
  stamp: string
  volume: Volume
}

// One is in daily use; another is looked at now and then.
const MOST_OPEN = 2

/** The references that need no cluster. A file is read when it is first asked for. */
export class ReferenceLibrary {
  readonly #options: LibraryOptions
  readonly #open = new Map<string, Open>()
  constructor(options: LibraryOptions) {
    this.#options = options
  }

  /** Every version there is, the newest first. Throws `docs_not_built` where there is none. */
  versions(): string[] {
    const all = [...new Set([...versionsIn(this.#options.built), ...versionsIn(this.#options.imported)])]
    if (all.length === 0) throw problems.docsNotBuilt()
    return all.toSorted(newestFirst)
  }

  /** The reference of a version, or the one that is meant where none is named. Throws `unknown_api_version`, `docs_not_built`. */
  volume(version?: string): Volume {
    const wanted = minorOf(version ?? this.#options.version ?? this.#newest())
    // An import or a build may have replaced it since.
    const stamp = [this.#options.imported, this.#options.built].map((folder) => stampOf(folder, wanted)).join()
    const open = this.#open.get(wanted)
    if (open?.stamp === stamp) return open.volume
    return this.#keep(wanted, { stamp, volume: this.#read(wanted) })
  }

  #keep(version: string, open: Open): Volume {
    this.#open.delete(version)
    this.#open.set(version, open)
    const [oldest] = this.#open.keys()
    if (oldest !== undefined && this.#open.size > MOST_OPEN) this.#open.delete(oldest)
    return open.volume
  }

  /** The reference that is nearest to what a cluster runs: its own version, else the newest. */
  nearest(version: string): Definitions {
    const own = minorOf(version)
    return this.volume(this.versions().includes(own) ? own : undefined).definitions
  }

  #newest(): string {
    return versionsIn(this.#options.built).toSorted(newestFirst)[0] ?? this.versions()[0] ?? ''
  }

  #read(version: string): Volume {
    const known = this.versions()
    if (!known.includes(version)) throw problems.unknownApiVersion(version, known)
    const imported = fileOf(this.#options.imported, version)
    if (imported !== undefined) return { definitions: new Definitions(this.#shortened(imported)), from: 'imported' }
    const built = fileOf(this.#options.built, version)
    if (built !== undefined) return { definitions: new Definitions(built), from: 'built-in' }
    throw problems.docsNotBuilt()
  }

  // OpenAPI has no short names; Kubernetes' own are the same in every version.
  #shortened(file: ReferenceFile): ReferenceFile {
    const known = fileOf(this.#options.built, this.#newest())?.kinds ?? []
    const kinds = file.kinds.map((kind) => {
      const same = known.find(({ group, name }) => group === kind.group && name === kind.name)
      return { ...kind, shortNames: same?.shortNames ?? kind.shortNames }
    })
    return { ...file, kinds }
  }
}

function versionsIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => /^(\d+\.\d+)\.json$/.exec(name)?.[1] ?? [])
  } catch {
    // A folder that is not there has none.
    return []
  }
}

function stampOf(folder: string, version: string): string {
  const facts = statSync(join(folder, `${version}.json`), { throwIfNoEntry: false })
  return facts === undefined ? '' : `${facts.ino} ${facts.mtimeMs} ${facts.size}`
}

// A file that is gone or half written is not there: it is built or imported again.
function fileOf(folder: string, version: string): ReferenceFile | undefined {
  try {
    const file: unknown = JSON.parse(readFileSync(join(folder, `${version}.json`), 'utf8'))
    return isReferenceFile(file) ? file : undefined
  } catch {
    return undefined
  }
}

/** `v1.36.2`, `1.36+`, `1.36` → `1.36`. */
export const minorOf = (version: string): string => /\d+\.\d+/.exec(version)?.[0] ?? version

const newestFirst = (a: string, b: string) => numberOf(b) - numberOf(a)
const numberOf = (version: string) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1_000 + minor
}
