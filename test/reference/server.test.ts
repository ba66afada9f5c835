import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Definitions, type Field } from '../../src/services/docs/reference/definitions.ts'
import { qualified } from '../../src/services/docs/reference/names.ts'
import { fromOpenApi } from '../../src/services/docs/reference/openapi.ts'
import { isMap, listIn, mapIn, textIn } from '../../src/services/docs/reference/openapi-read.ts'
import { unfold } from '../../src/services/docs/reference/type-text.ts'
import type { Api } from '../cluster/client.ts'
import { skipWithoutApiServer } from '../cluster/shared.ts'
import { startCluster } from '../cluster/start.ts'
import { reference } from './support.ts'

// The built reference beside what a real API server with every API publishes. The two come from different sources.

const words = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

/** Compares two sources of kinds by walking both from the roots, and keeps every difference. */
class Comparison {
  readonly found: string[] = []
  fields = 0
  sameTexts = 0
  readonly #own: Definitions
  readonly #real: Definitions
  readonly #seen = new Set<string>()
  constructor(own: Definitions, real: Definitions) {
    this.#own = own
    this.#real = real
  }

  types(a: string, b: string, path: string): void {
    if (this.#seen.has(`${a} ${b}`)) return
    this.#seen.add(`${a} ${b}`)
    const ours = new Map(this.#own.type(a)?.fields.map((each) => [each.name, each]))
    const theirs = new Map(this.#real.type(b)?.fields.map((each) => [each.name, each]))
    for (const name of new Set([...ours.keys(), ...theirs.keys()]))
      this.#field(ours.get(name), theirs.get(name), `${path}.${name}`)
  }

  #field(ours: Field | undefined, theirs: Field | undefined, path: string): void {
    if (ours === undefined || theirs === undefined) {
      this.found.push(`${path} is ${ours === undefined ? 'missing' : 'invented'}`)
      return
    }
    if (facts(ours) !== facts(theirs)) this.found.push(`${path}: ${facts(ours)} instead of ${facts(theirs)}`)
    this.fields++
    if (words(ours.description) === words(theirs.description)) this.sameTexts++
    const [inner, realInner] = [unfold(ours.type).object, unfold(theirs.type).object]
    if (inner !== undefined && realInner !== undefined) this.types(inner, realInner, path)
  }
}

const facts = ({ type, required, ...field }: Field) => {
  const { wraps, object, scalar, format } = unfold(type)
  return JSON.stringify([wraps, object !== undefined, scalar, format, required, field.enum, field.default])
}

async function documents(api: Api): Promise<unknown[]> {
  const index = await api.get('/openapi/v3')
  const paths = Object.values(mapIn(index, 'paths') ?? {}).map((each) => textIn(each, 'serverRelativeURL'))
  return Promise.all(paths.map((path) => api.get(path)))
}

/** Every resource of discovery, by `Kind.version.group`. */
async function discovered(api: Api): Promise<Map<string, Record<string, unknown>>> {
  const groups = listIn(await api.get('/apis'), 'groups').flatMap((group) => listIn(group, 'versions'))
  const places = ['/api/v1', ...groups.map((each) => `/apis/${textIn(each, 'groupVersion')}`)]
  const lists = await Promise.all(places.map((place) => api.get(place)))
  const rows = lists.flatMap((list) =>
    listIn(list, 'resources')
      .filter(isMap)
      .filter((each) => !textIn(each, 'name').includes('/'))
      .map((each): [string, Record<string, unknown>] => {
        const [version = '', group = ''] = textIn(list, 'groupVersion').split('/').toReversed()
        return [qualified({ kind: textIn(each, 'kind'), version, group }), each]
      }),
  )
  return new Map(rows)
}

void suite('the reference of 1.36 and an API server of 1.36 with every API', { skip: skipWithoutApiServer() }, () => {
  void test('have the same kinds, and no field is missing or invented or of another type', async (t) => {
    const cluster = await startCluster({ apiOnly: true, everyApi: true })
    t.after(() => cluster.stop())
    const { api } = cluster
    const own = reference(t).definitions('1.36')
    const real = (await documents(api)).map((each) => new Definitions(fromOpenApi(each, { version: '1.36', from: '' })))
    const resources = await discovered(api)

    const mine = own.kinds.filter(({ name }) => !name.includes('/'))
    assert.deepEqual(mine.map(qualified).toSorted(), [...resources.keys()].toSorted())
    for (const kind of mine) {
      const resource = resources.get(qualified(kind))
      const { name, singularName, namespaced, verbs, shortNames = [] } = resource ?? {}
      assert.deepEqual(
        [kind.name, kind.singular, kind.namespaced, [...kind.verbs].toSorted(), [...kind.shortNames].toSorted()],
        [name, singularName, namespaced, listOf(verbs).toSorted(), listOf(shortNames).toSorted()],
        qualified(kind),
      )
    }

    let [kinds, fields, sameTexts] = [0, 0, 0]
    for (const definitions of real) {
      const comparison = new Comparison(own, definitions)
      for (const kind of definitions.kinds) {
        const ours = own.kinds.find((each) => qualified(each) === qualified(kind))
        if (ours === undefined) continue
        comparison.types(ours.type, kind.type, kind.kind)
        kinds++
      }
      assert.deepEqual(comparison.found, [])
      fields += comparison.fields
      sameTexts += comparison.sameTexts
    }
    assert.equal(kinds, mine.length)
    assert.ok(fields > 4_500 && sameTexts / fields > 0.98, `${sameTexts} of ${fields} texts are the same`)
    t.diagnostic(`${kinds} kinds, ${fields} fields, ${sameTexts} texts the same`)
  })
})

const listOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])
