import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import pino from 'pino'
import Type from 'typebox'
import { stringify } from 'yaml'
import docsPages from '../../routes/docs.ts'
import templatePages from '../../routes/templates.ts'
import { type Call, type Caller, LOCAL } from '../../src/call.ts'
import { problems } from '../../src/errors.ts'
import { edge } from '../../src/http/edge.ts'
import { routes } from '../../src/http/page.ts'
import { rest } from '../../src/http/plugin.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { defineRead, type Operation } from '../../src/operations/define.ts'
import { makeRunner } from '../../src/operations/run.ts'
import { getInfo } from '../../src/operations/server/get-info.ts'
import { Library } from '../../src/services/docs/library/library.ts'
import { Reference } from '../../src/services/docs/reference/reference.ts'
import { Explained } from '../../src/services/docs/reference/schema.ts'
import { Search } from '../../src/services/docs/search/search.ts'
import { Services } from '../../src/services/index.ts'
import { assets } from '../../src/web/assets.ts'
import { webPages } from '../../src/web/index.ts'
import { CurrentContext } from '../../src/web/views.ts'
import { shared as withoutCluster } from '../http/fixture.ts'
import { build } from '../reference/support.ts'
import { HOSTILE, hostile } from './hostile-texts.ts'
import { getApproval, listApprovals } from './waiting.ts'

const data = mkdtempSync(join(tmpdir(), 'web-'))
const own = mkdtempSync(join(tmpdir(), 'web-docs-'))
process.once('exit', () => {
  for (const folder of [data, own]) rmSync(folder, { recursive: true, force: true })
})
// The pages of this product, and one whose every text is hostile.
cpSync(new URL('../../static/docs', import.meta.url), own, { recursive: true })
writeFileSync(join(own, 'hostile.md'), hostilePage())

function hostilePage(): string {
  const front = {
    title: hostile,
    description: hostile,
    weight: 99,
    kinds: HOSTILE,
    keywords: [...HOSTILE, 'hostilewords'],
  }
  const sections = HOSTILE.map((each) => `## ${each}\n\nhostilewords ${each}\n\n\`\`\`html\n${each}\n\`\`\`\n`)
  return `---\n${stringify(front)}---\n\n${sections.join('\n')}`
}

const BROKEN: Readonly<Record<string, () => Error>> = {
  cluster: () => problems.clusterUnavailable('Context there', 'nothing listens there (connection refused).'),
  role: () => problems.roleNeeded('infra.k8s.things.getThing', 'approver', 'viewer'),
  us: () => new Error('words of the inside'),
}

const breakAs = defineRead({
  name: 'infra.k8s.things.breakAs',
  title: 'Break',
  description: 'As it is told.',
  input: Type.Object({ how: Type.String() }),
  output: Type.Object({}),
  public: true,
  handle: ({ how }) => Promise.reject(BROKEN[how]?.() ?? problems.badInput('how is not known.')),
  text: () => '',
})

/** The cluster of the next page; undefined: there is none. */
export const connected: { to: { name: string; namespace: string } | undefined } = { to: undefined }

const getCurrentContext = defineRead({
  name: 'infra.k8s.cluster.getCurrentContext',
  title: 'Current context',
  description: 'Of a test.',
  input: Type.Object({}),
  output: CurrentContext,
  handle: async () => {
    if (connected.to === undefined) throw problems.clusterUnavailable('A cluster', 'this test has none.')
    return connected.to
  },
  text: () => '',
})

// What a cluster may say of its own kinds: every word of it.
const hostileKind = defineRead({
  name: 'infra.k8s.docs.explain',
  title: 'Explain',
  description: 'A kind with hostile names.',
  input: Type.Object({}),
  output: Explained,
  handle: async () => ({
    kind: hostile,
    apiVersion: hostile,
    group: hostile,
    version: hostile,
    name: hostile,
    fullName: hostile,
    namespaced: true,
    shortNames: HOSTILE.slice(),
    verbs: [],
    path: hostile,
    type: hostile,
    required: false,
    description: hostile,
    hasFields: true,
    also: HOSTILE.slice(),
    source: { from: 'cluster' as const, version: hostile, context: hostile, notes: [hostile] },
    fields: HOSTILE.map((text, at) => ({
      name: text,
      path: text,
      type: text,
      required: true,
      description: text,
      enum: [text],
      default: text,
      rules: [text],
      hasFields: true,
      folded: text,
      depth: 1 + (at % 3),
    })),
    usedBy: HOSTILE.map((text) => ({ kind: text, fullName: text, path: text })),
  }),
  text: () => '',
})

const pages = [
  ...routes('web', { 'GET /': getInfo }),
  ...templatePages,
  ...docsPages,
  ...routes('hostile', { 'GET /hostile-kind': hostileKind }),
  ...routes('others', {
    'GET /approvals': listApprovals,
    'GET /approvals/:id': getApproval,
    'GET /cluster/broken': breakAs,
  }),
]

const byName = new Map<string, Operation>(
  [...pages.map(({ operation }) => operation), getCurrentContext].map((each) => [each.name, each]),
)
const find = (name: string) => byName.get(name)

const library = new Library({ built: '/nonexistent', data, own })
const reference = new Reference({ built: build().built, data })
const shared = {
  ...withoutCluster,
  library,
  reference,
  search: new Search({ library, reference: () => reference.definitions() }),
  identity: { name: 'k8s-mcp', version: '1', description: 'For a test.', readOnly: false, endpoints: [] },
}

export interface Site {
  app: FastifyInstance
  url: string
  [Symbol.asyncDispose](): Promise<void>
}

/** The door with its pages, listening on a port of its own. Ends with its scope: `await using`. */
export async function site(caller: Caller = LOCAL): Promise<Site> {
  const app = fastify(serverOptions(pino({ level: 'silent' })))
  const runner = makeRunner({
    servicesFor: (call: Call, context) => new Services(shared, call, context),
    gate: { request: async () => Promise.reject(new Error('no change here')) },
    readOnly: false,
    groups: undefined,
    finished: () => undefined,
    refused: () => undefined,
    find,
  })
  const callerOf = () => caller
  const htmlPages = webPages({ runner, find, base: () => 'http://k8s.test:8443' })
  // Every page of a test comes from one address, and one page asks for a dozen things.
  edge(app, { config: { ALLOWED_HOSTS: [] }, callerOf, htmlPages, rate: { perSecond: 10_000, burst: 10_000 } })
  await app.register(assets)
  await app.register(rest, { pages, runner, version: '1', callerOf })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, [Symbol.asyncDispose]: () => app.close() }
}

/** What Chromium sends. */
export const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' }

/** What an address answers a browser, or whoever sends other headers. */
export const visit = async ({ url }: Pick<Site, 'url'>, path: string, headers: Record<string, string> = BROWSER) => {
  const answer = await fetch(url + path, { headers })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
