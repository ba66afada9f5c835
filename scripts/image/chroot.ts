/** How a program runs in a folder as if that were the whole machine. */
export interface Inside {
  /** The root file system. */
  root: string
  /** Mounted over it: what, and where. A source that is a file is mounted on a file. */
  mounts?: readonly Mount[]
  /** uid:gid; default: root. */
  user?: string
  /** Default: /. */
  workdir?: string
  /** As a container with a read-only root: a layer of its own, for the places of the mounts, and only they and /tmp can be written. */
  container?: boolean
}

export interface Mount {
  from: string
  to: string
  readOnly?: boolean
}

/** As in any container: names are looked up as on the machine. */
export const NETWORK: readonly Mount[] = ['/etc/resolv.conf', '/etc/hosts'].map((path) => ({
  from: path,
  to: path,
  readOnly: true,
}))

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/**
 * The command line, for Linux and root, that runs some words inside: a mount namespace of its own, which ends with the program, the folder
 * mounted on itself, /proc, /dev and a /tmp of its own in it, then chroot. The program has the process id of the command.
 */
export function commandInside(inside: Inside, words: readonly string[]): [string, ...string[]] {
  const { mounts = [], user = '0:0', workdir = '/', container = false } = inside
  const root = container ? LAYERED : inside.root
  const script = [
    'set -eu',
    ...(container ? layered(inside.root) : [`mount --bind ${quoted(root)} ${quoted(root)}`]),
    `mkdir -p ${quoted(`${root}/proc`)} ${quoted(`${root}/dev`)} ${quoted(`${root}/tmp`)}`,
    `mount -t proc proc ${quoted(`${root}/proc`)}`,
    `mount --rbind /dev ${quoted(`${root}/dev`)}`,
    ...mounts.flatMap((mount) => linesOf(mount, root)),
    ...(container ? [`mount -t tmpfs -o mode=1777 tmpfs ${root}/tmp`, `mount -o remount,ro ${root}`] : []),
    // chroot finds no folder of its own: the shell inside goes there first.
    `exec chroot --userspec=${user} --groups= ${quoted(root)} /bin/sh -c 'cd "$0" && exec "$@"' ${quoted(workdir)} "$@"`,
  ]
  return ['unshare', '--mount', '--propagation=private', '--', 'sh', '-c', script.join('\n'), 'sh', ...words]
}

// Seen by nobody else: it is in the mount namespace of the program.
const LAYERED = '/mnt/root'

const layered = (image: string): string[] => [
  'mount -t tmpfs -o mode=0755 tmpfs /mnt',
  `mkdir /mnt/upper /mnt/work ${LAYERED}`,
  `mount -t overlay -o lowerdir=${quoted(image)},upperdir=/mnt/upper,workdir=/mnt/work overlay ${LAYERED}`,
]

function linesOf({ from, to, readOnly = false }: Mount, root: string): string[] {
  const [source, target] = [quoted(from), quoted(root + to)]
  return [
    `mkdir -p ${quoted(parentOf(root + to))}`,
    `if [ -d ${source} ]; then mkdir -p ${target}; else [ -e ${target} ] || : > ${target}; fi`,
    `mount --bind ${source} ${target}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${target}`] : []),
  ]
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
