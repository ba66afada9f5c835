import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'

// The first step of `npm run build`: an empty dist/ with what the compiled code reads from beside it. The compiler fills in the rest, so
// that every relative path of the sources holds in dist/ too.

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')

rmSync(DIST, { recursive: true, force: true })
for (const folder of ['static', 'built']) cpSync(join(ROOT, folder), join(DIST, folder), { recursive: true })
