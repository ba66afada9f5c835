import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assemble } from './assemble.ts'
import { TextModels } from './model-texts.ts'

const PACKAGES = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules')
/** kubernetes-models 5 is of this version. */
const NEWEST = '1.36'

/** What was written for one version. */
export interface BuiltReference {
  version: string
  path: string
  bytes: number
  kinds: number
  types: number
  fields: number
}

/** The versions whose client is installed, newest first, each with the folder of the client. */
export function installedVersions(packages = PACKAGES): [version: string, folder: string][] {
  const older = readdirSync(packages)
    .map((name) => /^client-node-(1\.\d+)$/.exec(name)?.[1])
    .filter((version) => version !== undefined)
    .toSorted((a, b) => Number(b.slice(2)) - Number(a.slice(2)))
  const rest = older.map((version): [string, string] => [version, join(packages, `client-node-${version}`)])
  return [[NEWEST, join(packages, '@kubernetes/client-node')], ...rest]
}

/** Writes `<out>/reference/<version>.json` for every version whose client is installed. */
export function buildReference(out: string): BuiltReference[] {
  const texts = new TextModels(PACKAGES)
  mkdirSync(join(out, 'reference'), { recursive: true })
  return installedVersions().map(([version, folder]) => {
    const reference = assemble({ version, folder, sameTexts: version === NEWEST }, texts)
    const path = join(out, 'reference', `${version}.json`)
    const text = JSON.stringify(reference)
    writeFileSync(path, text)
    const types = Object.values(reference.types)
    const fields = types.reduce((sum, row) => sum + row.length - 1, 0)
    return { version, path, bytes: Buffer.byteLength(text), kinds: reference.kinds.length, types: types.length, fields }
  })
}
