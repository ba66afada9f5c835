import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Ends } from './ends.ts'

/** A data folder of its own. Servers that clients started in it end with the test, and then it goes. */
export function dataFolder(t: Ends): string {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-mcp-data-'))
  t.after(async () => {
    for (const pid of startedIn(folder)) await ended(pid)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

/** Process ids of the servers that clients of stdio have started in a data folder. */
export function startedIn(folder: string): number[] {
  return [...logIn(folder).matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid))
}

/** What those servers wrote. */
export function logIn(folder: string): string {
  try {
    return readFileSync(join(folder, 'server.log'), 'utf8')
  } catch {
    return ''
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function ended(pid: number): Promise<void> {
  if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  while (isRunning(pid)) await pause(10)
}

/** A kubeconfig with the contexts dev (the current one), staging and prod, whose clusters nobody can reach. */
export function threeContexts(folder: string): string {
  const names = ['dev', 'staging', 'prod']
  const path = join(folder, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: names.map((name) => ({ name, cluster: { server: `https://127.0.0.1:1/${name}` } })),
    users: [{ name: 'me', user: { token: 'x' } }],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: 'me' } })),
  }
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 })
  return path
}
