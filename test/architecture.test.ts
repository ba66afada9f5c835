import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

const FILES = globSync('{src,routes,templates}/**/*.ts').map(normalize)

interface Import {
  from: string
  /** A file of ours as a path from the root, or the name of a package. */
  to: string
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(IMPORT)].map(([, from, dynamic, bare]) => {
    const specifier = from ?? dynamic ?? bare ?? ''
    return { from: file, to: specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier }
  })
}

const ALL = FILES.flatMap(importsOf)

// From top to bottom. A layer imports its own files and those below; the doors never each other.
const LAYERS = ['src/operations/', 'src/services/', 'src/kubernetes/']
const DOORS = ['src/http/', 'src/mcp/', 'src/web/']
const LEAVES = [
  'src/call.ts',
  'src/errors.ts',
  'src/errors/problem.ts',
  'src/errors/approvals.ts',
  'src/errors/charts.ts',
  'src/errors/docs.ts',
  'src/errors/helm.ts',
  'src/errors/reference.ts',
  'src/config.ts',
  'src/nearest.ts',
  'src/schema.ts',
  'src/version.ts',
  'src/correlation.ts',
  'src/glob.ts',
]

const layerOf = (file: string) => LAYERS.findIndex((layer) => file.startsWith(layer))
const refuse = (imports: Import[], what: string) =>
  assert.deepEqual(
    imports.map(({ from, to }) => `${from} imports ${to}: ${what}`),
    [],
  )

test('imports go downward only', () => {
  const upward = ALL.filter(
    ({ from, to }) =>
      layerOf(from) >= 0 &&
      to.startsWith('src/') &&
      !LEAVES.includes(to) &&
      (layerOf(to) < 0 || layerOf(to) < layerOf(from)),
  )
  refuse(upward, 'move what both need into the lower layer, or pass it in.')
})

test('leaves import nothing of ours but leaves', () => {
  const bad = ALL.filter(({ from, to }) => LEAVES.includes(from) && to.startsWith('src/') && !LEAVES.includes(to))
  refuse(bad, 'a leaf is used by every layer, so it may rest on none.')
})

test('doors never import each other', () => {
  const doorOf = (file: string) => DOORS.find((door) => file.startsWith(door))
  const across = ALL.filter(
    ({ from, to }) => doorOf(from) !== undefined && doorOf(to) !== undefined && doorOf(from) !== doorOf(to),
  )
  refuse(across, 'what two doors need belongs in run, a service or a leaf.')
})

test('doors reach operations only through run, and Kubernetes not at all', () => {
  const bad = ALL.filter(
    ({ from, to }) => DOORS.some((door) => from.startsWith(door)) && to.startsWith('src/kubernetes/'),
  )
  refuse(bad, 'a door translates; ask a service through an operation.')
})

const ONLY: Readonly<Record<string, { packages: RegExp; allowed: (file: string) => boolean; instead: string }>> = {
  '@kubernetes/client-node stays in src/kubernetes': {
    packages: /^@kubernetes\/client-node/,
    allowed: (file) => file.startsWith('src/kubernetes/'),
    instead: 'use the request function of src/kubernetes/api.ts.',
  },
  'undici stays in src/kubernetes': {
    packages: /^undici$/,
    allowed: (file) => file.startsWith('src/kubernetes/'),
    instead: 'use the request function of src/kubernetes/api.ts.',
  },
  'the MCP SDK stays in src/mcp': {
    packages: /^@modelcontextprotocol\//,
    allowed: (file) => file.startsWith('src/mcp/'),
    instead: 'offer it through src/mcp.',
  },
  'fastify stays in the doors': {
    packages: /^(fastify$|@fastify\/)/,
    allowed: (file) =>
      ['src/http/', 'src/mcp/', 'src/web/', 'src/socket/', 'routes/'].some((folder) => file.startsWith(folder)) ||
      file === 'src/app.ts' ||
      file === 'src/serve.ts',
    instead: 'an operation or a service knows nothing of HTTP.',
  },
  'only the credential-plugin runner, the Helm adapter and stdio start processes': {
    packages: /^(node:)?child_process$/,
    allowed: (file) =>
      ['src/kubernetes/exec-credential.ts', 'src/services/helm/process.ts', 'src/stdio.ts'].includes(file),
    instead: 'nothing else may start a process.',
  },
}

for (const [name, { packages, allowed, instead }] of Object.entries(ONLY)) {
  test(name, () => {
    refuse(
      ALL.filter(({ from, to }) => packages.test(to) && !allowed(from)),
      instead,
    )
  })
}

test('only src/config.ts reads the environment', () => {
  const readers = FILES.filter(
    (file) => file !== 'src/config.ts' && /\bprocess\s*\.\s*env\b/.test(readFileSync(file, 'utf8')),
  )
  assert.deepEqual(readers, [], 'read it in src/config.ts and pass it in.')
})

test('no type is escaped and nothing is left to do', () => {
  const escapes =
    /(?:: |<|\bas )any\s*(?:[,;)>=|[\]{&]|$)|\bas unknown as\b|@ts-(ignore|expect-error|nocheck)|(biome|oxlint|eslint)-(ignore|disable)|\bTODO\b|\bFIXME\b/
  const found = FILES.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (escapes.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  )
  assert.deepEqual(found, [])
})

test('the walk sees what it judges', () => {
  assert.ok(FILES.length > 50, 'no files found: the test would pass on nothing')
  assert.ok(
    ALL.some(({ from, to }) => from === 'src/app.ts' && to === 'src/operations/run.ts'),
    'imports are not recognised',
  )
})
