import { realpath } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { PluginSpec } from '../kubeconfig/plugin.ts'
import { executable, findOnPath } from '../programs.ts'
import { PluginFailure } from './failure.ts'

/** Programs that do much besides making credentials, and the one first argument with which they may be run. */
const ONLY_WITH: Readonly<Record<string, string>> = { kubectl: 'oidc-login' }

/**
 * The absolute path of a plugin's program. It must be on the allow-list: by its absolute path, or by a base name for
 * which PATH finds this very program (the rule of KEP-3104). So a folder that a kubeconfig brings along cannot pass off
 * a program of its own as `aws`. Throws `PluginFailure` (not-allowed, missing).
 */
export async function findPlugin(spec: PluginSpec, allowed: readonly string[], path: string): Promise<string> {
  const name = basename(spec.command)
  const only = ONLY_WITH[name]
  if (only !== undefined && spec.arguments[0] !== only)
    throw new PluginFailure('not-allowed', `${name} without ${only}`)
  const entries = allowed.filter((entry) => basename(entry) === name)
  if (entries.length === 0) throw new PluginFailure('not-allowed', spec.command)
  const onPath = await findOnPath(name, path)
  const found = isPath(spec.command) ? await executable(resolve(spec.directory, spec.command)) : onPath
  if (found === undefined) throw new PluginFailure('missing', spec.command)
  if (entries.includes(found)) return found
  if (entries.includes(name) && (await isSame(found, onPath))) return found
  throw new PluginFailure('not-allowed', found)
}

const isPath = (command: string): boolean => command.includes('/') || command.includes('\\')

async function isSame(path: string, other: string | undefined): Promise<boolean> {
  return other !== undefined && (await realpath(path)) === (await realpath(other))
}
