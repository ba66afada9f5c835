import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './command.ts'
import type { Mount } from './chroot.ts'

/** What stands in for an image of a registry: a Debian of the same release, and the same program of this machine. */
export interface Base {
  /** Identifies what is in it. */
  key: string
  /** Fills an empty folder. */
  fill(root: string): Promise<void>
  environment: Record<string, string>
  /** Caches of this machine, so that a replay loads nothing twice. */
  mounts: readonly Mount[]
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The stand-in for an image. Throws for one that has none, and where this machine runs another release of its program. */
export function baseOf(image: string): Base {
  const [, program = '', version = '', suite = ''] = /\/(node|golang):([\d.]+)-([a-z]+)(?:-slim)?$/.exec(image) ?? []
  if (program === 'node') return nodeBase(version, suite)
  if (program === 'golang') return goBase(version, suite)
  throw new Error(`nothing stands in for the image ${image}`)
}

function nodeBase(version: string, suite: string): Base {
  demand('Node', version, process.versions.node)
  return {
    key: `node-${process.versions.node}-${suite}`,
    environment: { PATH },
    mounts: cacheMount(said('npm', ['config', 'get', 'cache']), '/root/.npm'),
    async fill(root) {
      await debian(root, suite)
      const npm = dirname(dirname(realpathSync(said('which', ['npm']))))
      cpSync(process.execPath, join(root, 'usr/local/bin/node'))
      cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true })
      symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
    },
  }
}

function goBase(version: string, suite: string): Base {
  const [found = '', root = '', modules = '', builds = ''] = said('go', [
    'env',
    'GOVERSION',
    'GOROOT',
    'GOMODCACHE',
    'GOCACHE',
  ]).split('\n')
  demand('Go', version, found.slice('go'.length))
  return {
    key: `${found}-${suite}`,
    environment: { PATH: `/usr/local/go/bin:${PATH}`, GOMODCACHE: '/go/pkg/mod', GOCACHE: '/root/.cache/go-build' },
    mounts: [
      { from: root, to: '/usr/local/go', readOnly: true },
      ...cacheMount(modules, '/go/pkg/mod'),
      ...cacheMount(builds, '/root/.cache/go-build'),
    ],
    async fill(folder) {
      await debian(folder, suite)
      // Node's: the image that this one stands for has a C++ compiler, and with it the library.
      await run('chroot', [folder, 'apt-get', 'install', '--yes', '-qq', '--no-install-recommends', 'libatomic1'])
    },
  }
}

function cacheMount(from: string, to: string): Mount[] {
  mkdirSync(from, { recursive: true })
  return [{ from, to }]
}

function demand(program: string, wanted: string, found: string): void {
  if (found === wanted || found.startsWith(`${wanted}.`)) return
  throw new Error(`the Dockerfile builds with ${program} ${wanted}, and this machine has ${found}`)
}

const said = (program: string, args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

/** A minimal Debian. Its packages come from where this machine's own do. */
async function debian(root: string, suite: string): Promise<void> {
  await run('debootstrap', ['--variant=minbase', '--include=ca-certificates,libatomic1', suite, root])
  for (const rest of ['var/cache/apt/archives', 'usr/share/doc', 'usr/share/locale', 'usr/share/man'])
    rmSync(join(root, rest), { recursive: true, force: true })
}
