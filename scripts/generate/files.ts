import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { build, pages } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { toolSnapshots, wireName } from '../../src/mcp/tools.ts'
import { operations } from '../../src/operations/index.ts'
import { operationsPage, settingsPage } from './reference.ts'

const ROOT = join(import.meta.dirname, '../..')
const TOOLS = 'test/contract/tools'

/** Every generated file, by its path from the root: OpenAPI, the tool snapshots, the reference pages. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const state = mkdtempSync(join(tmpdir(), 'k8s-mcp-generate-'))
  const environment = { KUBECONFIG: join(ROOT, 'no-kubeconfig'), DATA_DIR: state }
  const { config } = readConfig({ environment })
  const server = await build(config, pino({ level: 'silent' }))
  try {
    const openApi = await server.web.inject('/openapi.yaml')
    const tools = [...toolSnapshots(server.core.tools)].map(
      ([name, tool]) => [`${TOOLS}/${name}`, `${JSON.stringify(tool, null, 2)}\n`] as const,
    )
    return new Map([
      ['openapi.yaml', openApi.body],
      ['static/docs/reference/operations.md', operationsPage(operations, pages, wireName)],
      ['static/docs/reference/settings.md', settingsPage()],
      ...tools,
    ])
  } finally {
    await server.close()
    rmSync(state, { recursive: true })
  }
}

/** Generated files that are not as they should be, and snapshots of tools that are no more. */
export function staleFiles(files: ReadonlyMap<string, string>): string[] {
  const changed = [...files].filter(([path, content]) => contentOf(path) !== content).map(([path]) => path)
  return [...changed, ...orphans(files)].toSorted()
}

/** Snapshots on disk without a tool. */
export const orphans = (files: ReadonlyMap<string, string>): string[] =>
  globSync(`${TOOLS}/*.json`, { cwd: ROOT }).filter((path) => !files.has(path))

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8')
  } catch {
    return undefined
  }
}
