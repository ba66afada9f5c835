import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DOC_PAGE, TEMPLATE } from '../../src/mcp/pages.ts'
import { startServer } from '../support/server.ts'
import { eras } from './support/clients.ts'

for (const era of eras) {
  void suite(`documentation and templates as resources by ${era.name}, without a cluster`, () => {
    test('own pages and templates are listed, with what they are about, and each can be read', async (t) => {
      const server = await startServer(t, {})
      const client = await era.http({ url: `${server.url}/mcp` })
      t.after(() => client.close())
      const resources = await client.resources()
      const pages = resources.filter(({ uri }) => uri.startsWith('k8s-mcp://docs/'))
      const templates = resources.filter(({ uri }) => uri.startsWith('k8s-mcp://templates/'))
      assert.ok(pages.length >= 100 && templates.length >= 30, `${pages.length} pages, ${templates.length} templates`)
      for (const { uri } of [...pages, ...templates]) assert.ok((await client.read(uri)).length > 20, uri)
      assert.match(await client.read('k8s-mcp://docs/troubleshooting/oom-killed'), /^# .*\n[\s\S]*OOMKilled/)
      assert.match(await client.read('k8s-mcp://templates/deployment'), /^kind: Deployment$/m)
    })

    test('both have templates, and their arguments complete', async (t) => {
      const server = await startServer(t, {})
      const client = await era.http({ url: `${server.url}/mcp` })
      t.after(() => client.close())
      const uris = (await client.templates()).map(({ uriTemplate }) => uriTemplate)
      assert.ok(uris.includes(DOC_PAGE) && uris.includes(TEMPLATE), uris.join())
      const paths = await client.complete(DOC_PAGE, { name: 'path', value: 'troubleshooting/oom' })
      assert.deepEqual(paths, ['troubleshooting/oom-killed'])
      const names = await client.complete(TEMPLATE, { name: 'template', value: 'deploy' })
      assert.equal(names[0], 'deployment')
      assert.deepEqual(await client.complete(TEMPLATE, { name: 'path', value: 'deploy' }), [])
    })

    test('what is not there is not found, whatever its name', async (t) => {
      const server = await startServer(t, {})
      const client = await era.http({ url: `${server.url}/mcp` })
      t.after(() => client.close())
      for (const uri of [
        'k8s-mcp://docs/troubleshooting/nosuch',
        'k8s-mcp://docs/../../etc/passwd',
        'k8s-mcp://docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
        'k8s-mcp://templates/nosuch',
        'k8s-mcp://templates/%E0%A4%A',
      ])
        await assert.rejects(client.read(uri), /not found|unknown|no page|bad_input/i, uri)
    })
  })
}
