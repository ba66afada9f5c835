import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/** Packs the two entries of typebox that the sources import into `packages/` of a folder, where src/packed.ts looks for them; answers the bytes. */
export function packTypebox(folder: string): number {
  const outdir = join(folder, 'packages')
  rmSync(outdir, { recursive: true, force: true })
  const { metafile } = buildSync({
    entryPoints: { typebox: 'typebox', 'typebox-compile': 'typebox/compile' },
    absWorkingDir: ROOT,
    outdir,
    bundle: true,
    // What both entries have in common must be there once: they know schemas of each other by it.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'warning',
  })
  copyFileSync(join(ROOT, 'node_modules', 'typebox', 'license'), join(outdir, 'typebox.license'))
  return Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0)
}
