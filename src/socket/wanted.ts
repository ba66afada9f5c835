import { delimiter, resolve } from 'node:path'
import type { Config } from '../config.ts'

/** Settings that decide what an agent reaches, as far as they are not left as they are by default. */
const DECIDING = { KUBECONFIG: undefined, READ_ONLY: false, TOOLSETS: ['core'], MCP_TOOL_NAMES: 'wire' } as const

/** What the settings of a client ask of the server that it comes to: it may run already, with others. As text, to compare. */
export function wantedOf(config: Pick<Config, keyof typeof DECIDING>): Record<string, string> {
  const { KUBECONFIG, READ_ONLY, TOOLSETS, MCP_TOOL_NAMES } = config
  const files = KUBECONFIG?.split(delimiter)
    .map((file) => resolve(file))
    .join(delimiter)
  const given = { KUBECONFIG: files, READ_ONLY, TOOLSETS, MCP_TOOL_NAMES }
  const isUsual = (name: keyof typeof DECIDING) => JSON.stringify(given[name]) === JSON.stringify(DECIDING[name])
  const names = ['KUBECONFIG', 'READ_ONLY', 'TOOLSETS', 'MCP_TOOL_NAMES'] as const
  return Object.fromEntries(names.filter((name) => !isUsual(name)).map((name) => [name, String(given[name])]))
}

/** Why a client with these wishes may not be served by a server with those settings; undefined: it may. */
export function whyNotServed(
  wanted: Readonly<Record<string, unknown>>,
  has: Readonly<Record<string, string>>,
): string | undefined {
  const differing = Object.entries(wanted).filter(([name, value]) => has[name] !== value)
  if (differing.length === 0) return undefined
  const each = differing.map(([name, value]) => `${name} is ${has[name] ?? 'not set'} there and ${String(value)} here`)
  return `the server that runs already has other settings: ${each.join('; ')}. Stop it (process ${process.pid}), or give this one a DATA_DIR of its own`
}
