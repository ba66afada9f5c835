import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A running program of the cluster. */
export interface Running {
  readonly name: string
  readonly exited: boolean
  /** Last lines it wrote, for the message of a failure. */
  lastWords(): string
  /** Sends a signal to it and to what it started, and keeps this process alive until it has ended. */
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<void>
}

/** The programs of one cluster, which end with this process however it ends. */
export interface Processes {
  start(name: string, file: string, args: readonly string[], env?: Readonly<Record<string, string>>): Running
  /** TERM to all, KILL to what is left after `grace` milliseconds, then removes the folder. */
  stopAll(grace: number): Promise<void>
}

// Waits until its standard input closes, which happens however the process that holds the other end dies, and then ends
// whatever still has a pid file. The API server waits long when etcd has gone first, so a KILL follows the TERM.
const guardScript = `cat >/dev/null
signal() { for file in "$1"/run/*.pid; do [ -f "$file" ] && kill "-$2" "-$(cat "$file")" 2>/dev/null; done; }
signal "$1" TERM; [ -d "$1" ] && sleep 0.5; signal "$1" KILL
rm -rf -- "$1" || { sleep 0.5; rm -rf -- "$1"; }`

function startGuard(dir: string): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'test-cluster-guard', dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  if (guard.stdin !== null && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref()
  return guard
}

const tail = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-8).join('\n')

// A detached child leads its own process group: the signal reaches what it started, and Ctrl-C does not reach it first.
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  try {
    process.kill(-child.pid, signal)
  } catch {
    child.kill(signal)
  }
}

function running(name: string, child: ChildProcess, log: string): Running {
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  )
  return {
    name,
    get exited() {
      return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
    },
    lastWords: () => tail(log),
    signal: (signal) => signalGroup(child, signal),
    ended,
  }
}

function spawnLogged(file: string, args: readonly string[], log: string, env: Readonly<Record<string, string>>) {
  const output = openSync(log, 'a')
  try {
    return spawn(file, args, { detached: true, stdio: ['ignore', output, output], env: { ...process.env, ...env } })
  } finally {
    closeSync(output)
  }
}

/**
 * Makes a process end with the cluster in `dir`, at the latest when the process that started both dies. It must lead its
 * own process group (`detached`).
 */
export function endWith(dir: string, name: string, child: ChildProcess): void {
  const pidFile = join(dir, 'run', `${name}.pid`)
  if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid))
  child.once('exit', () => rmSync(pidFile, { force: true }))
}

function spawnOne(
  dir: string,
  name: string,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const log = join(dir, 'logs', `${name}.log`)
  const child = spawnLogged(file, args, log, env)
  child.unref()
  endWith(dir, name, child)
  return running(name, child, log)
}

async function end(all: readonly Running[], grace: number): Promise<void> {
  for (const one of all) one.signal('SIGTERM')
  const everyone = Promise.all(all.map((one) => one.ended))
  await Promise.race([everyone, delay(grace)])
  for (const one of all) one.signal('SIGKILL')
  await everyone
}

/** Prepares a folder to run programs in: `run/` for pid files, `logs/` for what they print. */
export function processesIn(dir: string): Processes {
  for (const folder of ['run', 'logs']) mkdirSync(join(dir, folder), { recursive: true })
  const guard = startGuard(dir)
  const all: Running[] = []
  return {
    start(name, file, args, env = {}) {
      const one = spawnOne(dir, name, file, args, env)
      all.push(one)
      return one
    },
    async stopAll(grace) {
      await end(
        all.filter((one) => !one.exited),
        grace,
      )
      const gone = once(guard, 'exit')
      guard.ref()
      guard.stdin?.end()
      await gone
    },
  }
}

/**
 * Calls `check` until it says true.
 * @throws Error with the program's last words when it ends first or the time is up
 */
export async function untilReady(one: Running, check: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await check())) {
    if (one.exited) throw new Error(`${one.name} ended while it started. Its last words:\n${one.lastWords()}`)
    if (performance.now() > deadline)
      throw new Error(`${one.name} was not ready within ${seconds} s. Its last words:\n${one.lastWords()}`)
    await delay(50)
  }
}
