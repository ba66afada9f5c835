import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// `npm run --silent sbom`: what the package and the image run on, as CycloneDX JSON on stdout. npm writes it from the lock file.
// npm sbom --omit=dev also leaves out what development packages share with the product (npm 11), so it gets a lock file without them.

const ROOT = join(import.meta.dirname, '..')
const ARGUMENTS = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application']

interface Manifest {
  name: string
  devDependencies?: object
}

interface Lock {
  packages: Record<string, { dev?: boolean; devDependencies?: object }>
}

const work = mkdtempSync(join(tmpdir(), 'k8s-mcp-sbom-'))
try {
  const { devDependencies: _, ...manifest }: Manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  // npm calls the product after its folder.
  const folder = join(work, manifest.name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(production()))
  process.stdout.write(execFileSync('npm', ARGUMENTS, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }))
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** The lock file without development packages. */
function production(): Lock {
  const lock: Lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const needed = Object.entries(lock.packages).filter(([, each]) => each.dev !== true)
  const packages = Object.fromEntries(needed)
  return { ...lock, packages: { ...packages, '': { ...packages[''], devDependencies: {} } } }
}
