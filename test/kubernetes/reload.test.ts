import assert from 'node:assert/strict'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { issue } from '../cluster/certificates.ts'
import {
  base64,
  clusterOf,
  folder,
  get,
  httpsRecorder,
  kubeconfig,
  started,
  startedWith,
  until,
  write,
} from './support.ts'

const config = (name: string, server = 'https://127.0.0.1:1') =>
  kubeconfig({ [name]: { cluster: { server }, user: {} } })

describe('without a restart', { concurrency: true }, () => {
  test('a kubeconfig that appears is noticed, also where its folder was not there', async (t) => {
    const home = join(folder(t), 'not/yet')
    const { connections, told } = await started(t, { homeDirectory: home })
    assert.equal(connections.state.source, 'none')
    await write(join(home, '.kube/config'), config('new'))
    await until('the context is there', () => connections.state.currentContext === 'new')
    assert.deepEqual(
      told.map(({ source }) => source),
      ['kubeconfig'],
    )
    assert.equal(connections.open('new').context.name, 'new')
  })

  test('an edit is noticed, one that changes only what does not matter is not told', async (t) => {
    const { path, connections, told } = await startedWith(t, JSON.stringify(config('a')))
    await writeFile(path, `${JSON.stringify(config('a'))}\n# the same\n`)
    await sleep(1_500)
    assert.equal(told.length, 0)
    await writeFile(path, JSON.stringify(config('b')))
    await until('the edit is told', () => told.length === 1)
    assert.deepEqual(
      told[0]?.contexts.map(({ name }) => name),
      ['b'],
    )
    assert.throws(() => connections.open('a'), { code: 'unknown_context' })
  })

  test('an edit of the same length is noticed', async (t) => {
    const { path, connections } = await startedWith(t, config('a'))
    await write(path, config('b'))
    await until('the new context is there', () => connections.state.currentContext === 'b')
  })

  test('a file replaced by rename, as editors do, is noticed', async (t) => {
    const { path, connections } = await startedWith(t, config('a'))
    await write(`${path}.new`, config('b'))
    await rename(`${path}.new`, path)
    await until('the new context is there', () => connections.state.currentContext === 'b')
  })

  test('a swapped link, as the kubelet does for a ConfigMap, is noticed', async (t) => {
    const mount = folder(t)
    await write(join(mount, '..one/config'), config('one'))
    await write(join(mount, '..two/config'), config('two'))
    await symlink('..one', join(mount, '..data'))
    await symlink('..data/config', join(mount, 'config'))
    const { connections } = await started(t, { kubeconfig: join(mount, 'config') })
    assert.equal(connections.state.currentContext, 'one')
    await symlink('..two', join(mount, '..data_tmp'))
    await rename(join(mount, '..data_tmp'), join(mount, '..data'))
    await until('the new context is there', () => connections.state.currentContext === 'two')
  })

  test('a broken edit is reported while the last good version stays in use, and a repair ends it', async (t) => {
    const server = await httpsRecorder(t)
    const good = kubeconfig({ a: { cluster: clusterOf(server), user: { token: 'x' } } })
    const { path, connections, told } = await startedWith(t, good)
    await writeFile(path, 'contexts: [\n')
    await until('the problem is told', () => connections.state.problem !== undefined)
    const { problem, source, howTo } = connections.state
    assert.match(
      problem ?? '',
      /^The kubeconfig \S+ cannot be read: wrong indentation at line 2, column 1\. The last good version stays in use\.$/,
    )
    assert.deepEqual([source, howTo], ['kubeconfig', undefined])
    assert.equal(await get(connections.open('a')), 200)
    await writeFile(path, 'contexts: {\n')
    await sleep(1_500)
    assert.equal(connections.state.currentContext, 'a')
    await write(path, config('b'))
    await until('the repair is told', () => connections.state.problem === undefined)
    assert.equal(connections.state.currentContext, 'b')
    assert.ok(told.length >= 2)
  })

  test('a kubeconfig that was broken at the start is used once it is repaired', async (t) => {
    const { path, connections } = await startedWith(t, 'kind: [')
    assert.equal(connections.state.source, 'none')
    await write(path, config('a'))
    await until('the context is there', () => connections.state.currentContext === 'a')
  })

  test('a removed kubeconfig leaves no context behind, and one that comes back is used', async (t) => {
    const { path, connections } = await startedWith(t, config('a'))
    await rm(path)
    await until('it is gone', () => connections.state.source === 'none')
    assert.equal(connections.state.problem, `There is no kubeconfig at ${path}.`)
    assert.throws(() => connections.open('a'), { code: 'cluster_unavailable', message: /There is no kubeconfig at/ })
    await mkdir(path)
    await until('it is a folder', () => connections.state.problem === `${path} is a folder.`)
    await rm(path, { recursive: true })
    await write(path, config('b'))
    await until('it is back', () => connections.state.currentContext === 'b')
  })

  test('moving the file away and writing it anew is one change', async (t) => {
    const { path, connections, told } = await startedWith(t, config('a'))
    const end = Date.now() + 1_200
    // Somebody saves over and over, never in one step; at no moment may the clusters seem to be gone.
    while (Date.now() < end) {
      await rename(path, `${path}~`)
      await writeFile(path, '')
      await sleep(5)
      await write(path, config('a'))
      await sleep(20)
    }
    await write(path, config('last'))
    await until('the last version is there', () => connections.state.currentContext === 'last')
    assert.deepEqual(
      told.filter(({ source, problem }) => source === 'none' || problem !== undefined),
      [],
    )
  })

  test('a renewed client certificate is used for the next request, on a connection of its own', async (t) => {
    const server = await httpsRecorder(t)
    const path = folder(t)
    const put = async (commonName: string) => {
      const { certificate, key } = issue(server.authority, { commonName, usage: 'client' })
      await write(join(path, 'client.crt'), certificate)
      await sleep(20)
      await write(join(path, 'client.key'), key)
    }
    await put('before')
    const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' }
    const file = await write(join(path, 'config'), kubeconfig({ a: { cluster: clusterOf(server), user } }))
    const { connections, told } = await started(t, { kubeconfig: file })
    await get(connections.open('a'))
    await put('after')
    await until('the change is told', () => told.length > 0)
    assert.deepEqual(
      told.map(({ contexts }) => contexts[0]?.problem),
      [undefined],
    )
    await get(connections.open('a'))
    assert.deepEqual(
      server.arrived.map(({ client }) => client),
      ['before', 'after'],
    )
    assert.equal(server.connections, 2)
  })

  test('another authority of the API server is trusted as soon as its file changes', async (t) => {
    const old = await httpsRecorder(t)
    const server = await httpsRecorder(t)
    const path = folder(t)
    await write(join(path, 'ca.crt'), old.authority.certificate)
    const cluster = { server: server.url, 'certificate-authority': 'ca.crt' }
    const file = await write(join(path, 'config'), kubeconfig({ a: { cluster, user: {} } }))
    const { connections, told } = await started(t, { kubeconfig: file })
    await assert.rejects(get(connections.open('a')))
    await rm(join(path, 'ca.crt'))
    await until('the missing file is told', () => /is missing/.test(connections.state.contexts[0]?.problem ?? ''))
    await write(join(path, 'ca.crt'), server.authority.certificate)
    await until('the new one is there', () => connections.state.contexts[0]?.problem === undefined)
    assert.equal(await get(connections.open('a')), 200)
    assert.ok(told.length >= 2)
  })

  test('a certificate written into the kubeconfig itself is used', async (t) => {
    const server = await httpsRecorder(t)
    const user = (commonName: string) => {
      const { certificate, key } = issue(server.authority, { commonName, usage: 'client' })
      return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
    }
    const cluster = clusterOf(server)
    const { path, connections, told } = await startedWith(t, kubeconfig({ a: { cluster, user: user('before') } }))
    await get(connections.open('a'))
    await write(path, kubeconfig({ a: { cluster, user: user('after') } }))
    await until('the change is told', () => told.length > 0)
    await get(connections.open('a'))
    assert.deepEqual(
      server.arrived.map(({ client }) => client),
      ['before', 'after'],
    )
  })

  test('closed connections do not look any more', async (t) => {
    const { path, connections, told } = await startedWith(t, config('a'))
    await connections.close()
    await write(path, config('b'))
    await sleep(1_500)
    assert.equal(told.length, 0)
  })
})
