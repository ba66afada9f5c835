import { readFileSync } from 'node:fs'

/**
 * A name for the process group that a process leads, which a later server can ask about. With the time of its start, where the platform
 * says it, so that another process that gets the same number later is not taken for it.
 */
export function processGroupOf(pid: number): string {
  const started = read(pid)?.started
  return started === undefined ? String(pid) : `${pid}@${started}`
}

/** Whether anything of that group still runs. Throws for a name that is none. */
export function processGroupAlive(group: string): boolean {
  const [, id, started] = /^(\d{1,10})(?:@(\d+))?$/.exec(group) ?? []
  if (id === undefined || Number(id) < 2) throw new TypeError(`"${group}" is no process group`)
  if (started === undefined) return isThere(Number(id))
  const found = read(Number(id))
  // A zombie has ended: in a container nobody may ever collect it.
  return found !== undefined && found.started === started && !['Z', 'X'].includes(found.state)
}

/** Sends a signal to every process of a group; none is there: nothing happens. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}

function isThere(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** State and start time (ticks since boot) of a process: proc(5), fields 3 and 22 of stat. */
function read(pid: number): { state: string; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name, which may have spaces and brackets in it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state, started] = [fields[0], fields[19]]
    return state === undefined || started === undefined ? undefined : { state, started }
  } catch {
    return undefined
  }
}
