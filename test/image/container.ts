import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Ends } from '../support/ends.ts'
import type { Image } from '../../scripts/image.ts'
import { commandInside, type Mount, NETWORK } from '../../scripts/image/chroot.ts'
import { freePorts } from '../cluster/ports.ts'
import { folder, until } from '../support/process.ts'

/** How compose.yaml would start the image, as far as a test differs from it. */
export interface Start {
  args?: readonly string[]
  settings?: Record<string, string>
  user?: number
  /** A file or folder of the host, mounted where the documentation says. */
  kubeconfig?: string
  /** Folder of the host that is the volume. */
  data?: string
}

/** The image as it runs: root read-only, a volume, a user without rights. */
export interface Container {
  child: ChildProcess
  url: string
  data: string
  stdout(): string
  stderr(): string
  exit: Promise<number | null>
  /** `docker exec` with a sub-command: another process of the same user, with the same mounts. */
  exec(words: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** Starts the image; it ends with the test. */
export async function start(t: Ends, image: Image, options: Start = {}): Promise<Container> {
  const { args = [], settings = {}, user = 1000, kubeconfig } = options
  const data = options.data ?? volume(t, image)
  const [port = 0] = await freePorts(1)
  const env = { ...image.config.environment, WEBCONTROL_PORT: String(port), INSECURE_HTTP: 'true', ...settings }
  const mounts: Mount[] = [...NETWORK, { from: data, to: '/data' }]
  if (kubeconfig !== undefined) mounts.push({ from: kubeconfig, to: '/root/.kube/config', readOnly: true })
  const inside = { root: image.root, mounts, user: `${user}:${user}`, workdir: image.config.workdir, container: true }
  const begin = (words: readonly string[]) => {
    const [program, ...rest] = commandInside(inside, words)
    return spawn(program, rest, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  }
  const main = heard(begin([...image.config.entrypoint, ...args]))
  t.after(async () => {
    main.child.kill('SIGKILL')
    await main.exit
  })
  const exec = async (words: readonly string[]) => {
    const { exit, stdout, stderr } = heard(begin(words))
    return { code: await exit, stdout: stdout(), stderr: stderr() }
  }
  return { ...main, url: `http://127.0.0.1:${port}`, data, exec }
}

/** A new volume as Docker makes one: with the owner and the mode of the folder in the image. */
export function volume(t: Ends, { root, config }: Image): string {
  const path = folder(t)
  const { uid, gid, mode } = statSync(join(root, config.volumes[0] ?? ''))
  chownSync(path, uid, gid)
  chmodSync(path, mode & 0o7777)
  return path
}

function heard(child: ChildProcess): Pick<Container, 'child' | 'stdout' | 'stderr' | 'exit'> {
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout?.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => err.push(text))
  const exit = once(child, 'close').then(() => child.exitCode)
  return { child, stdout: () => out.join(''), stderr: () => err.join(''), exit }
}

/** Waits until the server answers. */
export const answering = (container: Container): Promise<true> =>
  until('the container answers', async () => {
    if (container.child.exitCode !== null) throw new Error(`it ended: ${container.stderr()}${container.stdout()}`)
    const answer = await fetch(`${container.url}/readyz`).catch(() => undefined)
    return answer?.ok === true ? true : undefined
  })
