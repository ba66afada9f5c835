import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** What `npm pack` reads. The checkout itself is left alone: others may be at work in its dist/. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
  'NOTICE',
  'CHANGELOG.md',
  'scripts',
  'src',
  'routes',
  'templates',
  'static',
  'test/cluster/client.ts',
]

/** One file of the tarball. */
export interface PackedFile {
  path: string
  /** Bytes. */
  size: number
}

/** The package as it would be published, and installed where nothing else is. */
export interface Installed {
  /** The folder whose only dependency it is. */
  folder: string
  /** Path of the tarball. */
  tarball: string
  files: readonly PackedFile[]
  /** Bytes of the tarball, and of what is in it. */
  size: number
  unpackedSize: number
}

/** Packs this checkout as it is, and installs the tarball, with its scripts, into an empty folder. */
export async function installPacked(work: string): Promise<Installed> {
  const checkout = join(work, 'checkout')
  for (const path of SOURCES) cpSync(join(ROOT, path), join(checkout, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'))
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', work], { cwd: checkout })
  const { filename, files, size, unpackedSize } = packOf(stdout)
  const [folder, tarball] = [join(work, 'empty'), join(work, filename)]
  mkdirSync(folder)
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: folder })
  return { folder, tarball, files, size, unpackedSize }
}

interface Pack extends Omit<Installed, 'folder' | 'tarball'> {
  filename: string
}

// Before the JSON stands what the scripts print.
function packOf(stdout: string): Pack {
  const answer: Record<string, Pack> | Pack[] = JSON.parse(stdout.slice(stdout.search(/^[[{]$/m)))
  const [pack] = Object.values(answer)
  if (pack === undefined) throw new Error(`npm pack said: ${stdout}`)
  return pack
}
