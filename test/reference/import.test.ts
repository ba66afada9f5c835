import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Problem } from '../../src/errors.ts'
import { importApi } from '../../src/services/docs/reference/import-api.ts'
import { clusterTest } from '../cluster/shared.ts'
import { folder } from '../support/process.ts'
import { reference } from './support.ts'

function refused(work: () => unknown): Problem | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

for (const path of ['/openapi/v2', '/openapi/v3/apis/apps/v1'])
  clusterTest(`what a server gives at ${path} becomes a reference`, async ({ api }, t) => {
    const data = folder(t)
    const file = join(folder(t), 'openapi.json')
    const document = await api.get(path)
    writeFileSync(file, JSON.stringify(document))
    const of = reference(t, { data })
    assert.ok(!of.versions().includes('1.29'))
    const { kinds, types, version } = importApi(file, { data, version: '1.29' })
    assert.equal(version, '1.29')
    assert.ok(kinds >= 5 && types >= 150, `${kinds} kinds, ${types} types`)
    assert.deepEqual(of.versions(), ['1.36', '1.34', '1.33', '1.32', '1.29'])
    const answer = await of.explain({ kind: 'Deployment.v1.apps', path: 'spec.strategy', version: '1.29' })
    assert.equal(answer.source.from, 'imported')
    assert.deepEqual(answer.fields.find(({ name }) => name === 'type')?.enum, ['Recreate', 'RollingUpdate'])
    assert.equal((await of.explain({ kind: 'deploy', version: '1.29' })).apiVersion, 'apps/v1')
  })

clusterTest('an import replaces the reference of its version in a running server', async ({ api }, t) => {
  const data = folder(t)
  const of = reference(t, { data })
  const file = join(folder(t), 'openapi.json')
  assert.equal((await of.explain({ kind: 'po', version: '1.33' })).source.from, 'built-in')
  const kindsAfter = async (path: string) => {
    writeFileSync(file, JSON.stringify(await api.get(path)))
    importApi(file, { data, version: '1.33' })
    return (await of.kinds(undefined, { version: '1.33' })).kinds.map(({ kind }) => kind)
  }
  assert.ok((await kindsAfter('/openapi/v3/apis/apps/v1')).includes('Deployment'))
  const after = await kindsAfter('/openapi/v3/apis/batch/v1')
  assert.ok(after.includes('CronJob') && !after.includes('Deployment'))
})

const bad: readonly (readonly [what: string, content: string, says: RegExp])[] = [
  ['no JSON', 'swagger: "2.0"', /no JSON/],
  ['empty', '', /no JSON/],
  ['a list', '[]', /info\.version/],
  ['without a version', '{"info":{"version":"unversioned"}}', /info\.version/],
  ['a version that is a path', '{"info":{"version":"../../etc"}}', /info\.version/],
  ['without kinds', '{"info":{"version":"v1.30.1"},"definitions":{}}', /no kind/],
]
for (const [what, content, says] of bad)
  test(`a file that is ${what} is refused, and nothing is written`, (t) => {
    const data = folder(t)
    const file = join(folder(t), 'file.json')
    writeFileSync(file, content)
    const problem = refused(() => importApi(file, { data }))
    assert.equal(problem?.code, 'bad_api_file')
    assert.match(problem.message, says)
    assert.ok(!existsSync(join(data, 'openapi')))
  })

test('a file that is not there, or a folder, is refused', (t) => {
  const data = folder(t)
  assert.match(refused(() => importApi(join(data, 'none.json'), { data }))?.message ?? '', /ENOENT/)
  mkdirSync(join(data, 'a-folder'))
  assert.match(refused(() => importApi(join(data, 'a-folder'), { data }))?.message ?? '', /EISDIR/)
})
