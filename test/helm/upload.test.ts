import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Ends } from '../support/ends.ts'
import { folder } from '../support/process.ts'
import { startServer } from '../support/server.ts'
import { chartOf, sha256 } from './support/chart.ts'

const PATH = '/cluster/helm/charts'
const upload = (bytes: Buffer, type = 'application/gzip') => ({
  method: 'POST',
  headers: { 'content-type': type },
  body: new Uint8Array(bytes),
})

/** A server with a data folder of its own, and whether it has stored any chart. */
async function serverWith(t: Ends, settings: Record<string, string> = {}) {
  const DATA_DIR = folder(t)
  const server = await startServer(t, { KUBECONFIG: '/nonexistent/kubeconfig', DATA_DIR, ...settings })
  return { server, place: join(DATA_DIR, 'charts') }
}

test('an uploaded chart is kept under its digest, which the answer says', async (t) => {
  const { server, place } = await serverWith(t)
  const bytes = await chartOf('web', '1.2.3', {
    'files/noise': process.getBuiltinModule('node:crypto').randomBytes(3 * 1024 * 1024),
  })
  const { status, body } = await server.rest(PATH, upload(bytes))
  assert.deepEqual(
    [status, body],
    [200, { chart: `sha256:${sha256(bytes)}`, name: 'web', version: '1.2.3', appVersion: '1.16', files: 4 }],
  )
  assert.deepEqual(readFileSync(join(place, `${sha256(bytes)}.tgz`)), bytes)
  const line = server.logs.find((each) => each['operation'] === 'infra.k8s.helm.uploadChart')
  assert.equal(line?.['outcome'], 'ok')
  assert.ok(server.logText().length < 20_000, 'the archive is not in the log')
  assert.deepEqual((await server.rest(PATH, upload(bytes))).body, body, 'a second time it is the same')
})

test('what is no chart, too large or of another type is refused, and nothing is stored', async (t) => {
  const { server, place } = await serverWith(t)
  const code = async (init: RequestInit, path = PATH) => {
    const { status, body } = await server.rest(path, init)
    return [status, typeof body === 'object' && body !== null ? Reflect.get(body, 'code') : undefined]
  }
  const chart = await chartOf('web', '1.2.3')
  assert.deepEqual(await code(upload(Buffer.from('<html>'))), [422, 'bad_chart'])
  assert.deepEqual(await code(upload(Buffer.alloc(0))), [422, 'bad_chart'])
  assert.deepEqual(await code(upload(Buffer.alloc(20 * 1024 * 1024 + 1))), [413, 'body_too_large'])
  assert.deepEqual(await code(upload(chart, 'application/octet-stream')), [415, 'unsupported_media_type'])
  assert.deepEqual(await code(upload(chart, 'multipart/form-data')), [415, 'unsupported_media_type'])
  assert.deepEqual(await code(upload(Buffer.from('{"archive":"x"}'), 'application/json')), [
    415,
    'unsupported_media_type',
  ])
  assert.deepEqual(await code(upload(chart), `${PATH}?archive=x`), [400, 'bad_input'])
  assert.deepEqual(await code({ method: 'POST' }), [400, 'bad_input'])
  assert.deepEqual(await code(upload(chart), '/cluster/apply'), [415, 'unsupported_media_type'])
  assert.deepEqual(await code(upload(Buffer.alloc(2 * 1024 * 1024)), '/cluster/apply'), [415, 'unsupported_media_type'])
  assert.equal(existsSync(place), false)
})

test('a server that changes nothing takes no charts either, and MCP does not offer it', async (t) => {
  const { server } = await serverWith(t, { READ_ONLY: 'true', TOOLSETS: 'all' })
  const { status, body } = await server.rest(PATH, upload(await chartOf('web', '1.0.0')))
  assert.deepEqual([status, JSON.stringify(body).includes('operation_disabled')], [403, true])
  const { tools } = await (await server.mcp()).listTools()
  assert.deepEqual(
    tools.filter(({ name }) => /upload/i.test(name)),
    [],
  )
})
