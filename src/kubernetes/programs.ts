import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

/** The first executable of that name on PATH; relative folders in PATH do not count, as in Go's exec.LookPath. */
export async function findOnPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const found = isAbsolute(folder) ? await executable(join(folder, name)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** The path as it is where an executable file is there. */
export async function executable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile() ? path : undefined
  } catch {
    return undefined
  }
}
