import { userInfo } from 'node:os'
import { type StdioOptions, serveStreams } from './mcp/stdio.ts'

/**
 * Serves MCP to the process that started this one (`k8s-mcp --stdio`), until it closes our stdin. Logs must go to stderr or to
 * LOG_FILE: stdout carries the protocol and nothing else.
 */
export const serveStdioDoor = (door: Omit<StdioOptions, 'user' | 'input' | 'output'>): Promise<void> =>
  serveStreams({ ...door, user: accountName(), input: process.stdin, output: process.stdout })

/** An account without an entry in the user database (a container's random uid) has no name. */
function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
