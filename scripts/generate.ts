import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles, orphans, staleFiles } from './generate/files.ts'

// `npm run generate` writes every generated file; `npm run generate -- --check` fails where one is stale.

const ROOT = join(import.meta.dirname, '..')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function write(files: ReadonlyMap<string, string>): void {
  for (const path of orphans(files)) rmSync(join(ROOT, path))
  for (const [path, content] of files) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), content)
  }
  say(`${files.size} files written.`)
}

function check(files: ReadonlyMap<string, string>): void {
  const stale = staleFiles(files)
  if (stale.length === 0) return say(`${files.size} generated files are current.`)
  say(`Stale, run npm run generate:\n${stale.map((path) => `  ${path}`).join('\n')}`)
  process.exitCode = 1
}

const files = await generatedFiles()
if (process.argv.includes('--check')) check(files)
else write(files)
