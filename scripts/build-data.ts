import { join } from 'node:path'
import { buildDocs } from '../src/services/docs/library/build.ts'
import { packTypebox } from './packages.ts'
import { buildReference } from './reference/build.ts'

// `npm run build:data`: what the server reads and nobody writes by hand, into built/: the API reference of each version, and the own pages
// rendered and indexed, and typebox in a few files.

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'built')
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`

const start = performance.now()
const { pages, sections, bytes } = buildDocs(join(ROOT, 'static', 'docs'), OUT)
say(`docs: ${pages} pages, ${sections} sections, ${kib(bytes)}`)
for (const { version, kinds, fields, bytes: size } of buildReference(OUT))
  say(`reference ${version}: ${kinds} kinds, ${fields} fields, ${kib(size)}`)
say(`typebox: ${kib(packTypebox(OUT))}`)
say(`built in ${((performance.now() - start) / 1000).toFixed(1)} s`)
